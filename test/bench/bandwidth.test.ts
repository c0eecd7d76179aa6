import { memory } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { memoryBandwidth } from '../../bench/bandwidth.ts';
import { startEngine } from '../../src/engine/index.ts';

test('the bandwidth of memory is measured, and nothing is left behind', async () => {
  await startEngine();
  const before = memory().numTensors;
  expect(await memoryBandwidth({ repeats: 2, floats: 1 << 16 })).toBeGreaterThan(0);
  expect(memory().numTensors).toBe(before);
});
