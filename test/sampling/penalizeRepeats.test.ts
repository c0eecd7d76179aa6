import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { compile, startEngine } from '../../src/engine/index.ts';
import { causalHidden, outputEmbedding, readWeights } from '../../src/models/index.ts';
import { penalizeRepeats } from '../../src/sampling/penalizeRepeats.ts';
import { createSampler } from '../../src/sampling/index.ts';
import { loadGoldenPolicy } from '../models/modelCases.ts';

/** Prompt and response together. */
const LENGTH = 14;

beforeAll(async () => {
  await startEngine();
});

test('seen tokens are divided where positive and multiplied where negative, others left', async () => {
  const logits = tf.tensor2d([
    [2, -1, 0.5, 3, 0],
    [2, -1, 0.5, 3, 0],
  ]);
  const seen = tf.tensor2d([
    [1, 1, 0, 0, 1],
    [0, 0, 0, 0, 0],
  ]);
  expect(await penalizeRepeats(logits, seen, 2).array()).toEqual([
    [1, -2, 0.5, 3, 0],
    [2, -1, 0.5, 3, 0],
  ]);
});

test('a penalized greedy response is the one that whole forward passes give, token by token', async () => {
  const policy = await loadGoldenPolicy();
  const { config } = policy;
  const penalty = 1.4;
  const promptTokens = [5, 6, 7, 8];
  const expected: number[] = [];
  const forward = compile(
    (ids: tf.Tensor) => {
      const weights = readWeights(policy);
      const hidden = tf.reshape(causalHidden(config, weights, ids as tf.Tensor2D), [LENGTH, config.hiddenSize]);
      return tf.matMul(hidden, outputEmbedding(config, weights), false, true);
    },
    { mode: 'xla' },
  );
  while (promptTokens.length + expected.length < LENGTH) {
    const ids = [...promptTokens, ...expected];
    const padded = Array.from({ length: LENGTH }, (_, i) => ids[i] ?? 0);
    const logits = await forward(tf.tensor2d([padded], undefined, 'int32')).data();
    const scores = Array.from(logits.slice((ids.length - 1) * config.vocabSize, ids.length * config.vocabSize));
    for (const token of new Set(ids)) scores[token]! *= scores[token]! < 0 ? penalty : 1 / penalty;
    expected.push(scores.indexOf(Math.max(...scores)));
  }
  forward.dispose();
  const sampler = createSampler(policy);
  const settings = { maxNewTokens: expected.length, temperature: 0, seed: 1, endToken: -1, padToken: 0 };
  const requests = [{ key: 'repeat', promptTokens }];
  const [response] = await sampler.generate(requests, { ...settings, repetitionPenalty: penalty });
  expect(response!.tokenIds).toEqual(expected);
  const [free] = await sampler.generate(requests, settings);
  expect(free!.tokenIds).not.toEqual(expected);
  sampler.dispose();
  policy.dispose();
});
