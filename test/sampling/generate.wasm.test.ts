import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import { createSampler } from '../../src/sampling/index.ts';
import { loadGoldenPolicy } from '../models/modelCases.ts';
import { shortRequests, shortSettings, shortTokens } from './shortRun.ts';

// A file of its own, and so a process of its own: the engine starts once per process.
vi.stubEnv('NASHTUNE_NATIVE', 'off');
const engine = await startEngine({ onNotice: () => undefined });

test('WebAssembly draws the tokens that the native engine draws, filtered, penalized and refilled', async () => {
  expect(engine.backend).toBe('wasm');
  const policy = await loadGoldenPolicy();
  const before = tf.memory().numTensors;
  const sampler = createSampler(policy);
  const responses = await sampler.generate(shortRequests, shortSettings);
  expect(responses.map(({ tokenIds }) => tokenIds)).toEqual(shortTokens);
  sampler.dispose();
  expect(tf.memory().numTensors).toBe(before);
  policy.dispose();
});
