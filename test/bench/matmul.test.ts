import { memory } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { matmulSpeeds } from '../../bench/matmul.ts';
import { startEngine } from '../../src/engine/index.ts';

test('matrix products are timed in both modes and precisions, and nothing is left behind', async () => {
  await startEngine();
  const before = memory().numTensors;
  const speeds = await matmulSpeeds({ size: 32, repeats: 2 });
  expect(speeds.map(({ mode, precision }) => `${mode} ${precision}`)).toEqual([
    'graph fp32',
    'graph bf16',
    'xla fp32',
    'xla bf16',
  ]);
  for (const { gflops } of speeds) expect(gflops).toBeGreaterThan(0);
  expect(memory().numTensors).toBe(before);
});
