import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import {
  capLogits,
  causalHidden,
  loadPolicy,
  outputEmbedding,
  readWeights,
  sequenceScores,
} from '../../src/models/index.ts';
import { createSampler } from '../../src/sampling/index.ts';
import { sequenceLogProbs } from '../../src/training/index.ts';
import {
  GOLDEN_MODELS,
  caseNames,
  caseTensors,
  expectedLogits,
  largestDistance,
  readCase,
  readScoreCase,
} from './modelCases.ts';

// A file of its own, and so a process of its own: the engine starts once per process.
vi.stubEnv('NASHTUNE_NATIVE', 'off');
const notices: string[] = [];
const engine = await startEngine({ onNotice: (line) => notices.push(line) });
const fixtures = process.env['NASHTUNE_MODEL_FIXTURES'] ?? GOLDEN_MODELS;

test('NASHTUNE_NATIVE=off runs on WebAssembly and says so in one line', () => {
  expect(engine.backend).toBe('wasm');
  expect(notices).toHaveLength(1);
});

test.each(caseNames(fixtures, 'generation'))('%s on WebAssembly computes what transformers computes', async (name) => {
  const folder = join(fixtures, name);
  const golden = readCase(folder);
  const policy = await loadPolicy(folder);
  const { config } = policy;
  const { ids, mask } = caseTensors(golden);
  const [logits, sums] = tf.tidy(() => {
    const weights = readWeights(policy);
    const hidden = tf.reshape(causalHidden(config, weights, ids), [-1, config.hiddenSize]);
    return [
      capLogits(config, tf.matMul(hidden, outputEmbedding(config, weights), false, true)),
      sequenceLogProbs(config, weights, ids, mask),
    ] as const;
  });
  const real = golden.attention_mask.flat();
  const atToken = (i: number): boolean => real[Math.floor(i / config.vocabSize)] === 1;
  expect(largestDistance(await logits.data(), await expectedLogits(folder), atToken)).toBeLessThan(2e-5);
  expect(largestDistance(await sums.data(), golden.sum_logps)).toBeLessThan(1e-3);

  const sampler = createSampler(policy);
  const [greedy] = await sampler.generate([{ key: 'greedy', promptTokens: golden.greedy_prompt }], {
    maxNewTokens: golden.greedy_continuation.length,
    temperature: 0,
    seed: 1,
    endToken: -1,
    padToken: 0,
  });
  expect(greedy!.tokenIds).toEqual(golden.greedy_continuation);
  tf.dispose([logits, sums, ids, mask]);
  policy.dispose();
});

test.each(caseNames(fixtures, 'scoring'))('%s on WebAssembly scores as transformers does', async (name) => {
  const { input_ids: ids, scores } = readScoreCase(join(fixtures, name));
  const policy = await loadPolicy(join(fixtures, name), { task: 'scoring' });
  const found = tf.tidy(() => sequenceScores(policy.config, readWeights(policy), tf.tensor2d(ids, undefined, 'int32')));
  expect(largestDistance(await found.data(), scores)).toBeLessThan(2e-5);
  found.dispose();
  policy.dispose();
});
