import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import {
  capLogits,
  causalHidden,
  createPolicy,
  outputEmbedding,
  readWeights,
  type Policy,
} from '../../src/models/index.ts';
import {
  createMixtureSampler,
  createSampler,
  type GenerateOptions,
  type GenerateRequest,
  type Sampler,
} from '../../src/sampling/index.ts';
import { loadGoldenPolicy } from '../models/modelCases.ts';

const settings: GenerateOptions = { maxNewTokens: 6, temperature: 1, seed: 7, endToken: -1, padToken: 0, batchSize: 4 };
const prompts = [[5, 6, 7], [8], [9, 10, 11, 12, 13], [20, 21]];
const requests: GenerateRequest[] = prompts.map((promptTokens, i) => ({ key: `request ${i}`, promptTokens }));

let policy: Policy;
let reference: Policy;
beforeAll(async () => {
  await startEngine();
  policy = await loadGoldenPolicy();
  // Of another depth, so that caches which are taken for the other model's do not fit.
  const { architecture } = policy.config;
  const layers = [...architecture.layers, architecture.layers[0]!];
  reference = createPolicy({ ...policy.config, architecture: { ...architecture, layers } }, 3);
});
afterAll(() => {
  policy.dispose();
  reference.dispose();
});

async function drawn(sampler: Sampler, options = settings) {
  const responses = await sampler.generate(requests, options);
  sampler.dispose();
  return responses;
}

/** Logits behind each token but the last, [tokens - 1, vocabulary]. */
function logitsOf(model: Policy, tokens: readonly number[]): tf.Tensor2D {
  const { config } = model;
  const weights = readWeights(model);
  const hidden = causalHidden(config, weights, tf.tensor2d([tokens.slice(0, -1)], [1, tokens.length - 1], 'int32'));
  const flat = tf.reshape(hidden, [-1, config.hiddenSize]) as tf.Tensor2D;
  return capLogits(config, tf.matMul(flat, outputEmbedding(config, weights), false, true)) as tf.Tensor2D;
}

test('without the reference it draws what the policy draws, and without the policy what the reference draws', async () => {
  const tokens = async (sampler: Sampler) => (await drawn(sampler)).map(({ tokenIds }) => tokenIds);
  const [own, other] = [await tokens(createSampler(policy)), await tokens(createSampler(reference))];
  expect(own).not.toEqual(other);
  expect(await tokens(createMixtureSampler(policy, reference, 0))).toEqual(own);
  expect(await tokens(createMixtureSampler(policy, reference, 1))).toEqual(other);
});

test('its tokens are the likeliest of the geometric mixture, and their log-probabilities are those of the mixture', async () => {
  const share = 0.3;
  const responses = await drawn(createMixtureSampler(policy, reference, share), { ...settings, temperature: 0 });
  for (const [i, { tokenIds, tokenLogProbs }] of responses.entries()) {
    const promptTokens = prompts[i]!;
    const logProbs = tf.tidy(() => {
      const all = [...promptTokens, ...tokenIds];
      const mixed = tf.add(tf.mul(logitsOf(policy, all), 1 - share), tf.mul(logitsOf(reference, all), share));
      return tf.logSoftmax(mixed).arraySync() as number[][];
    });
    const rows = logProbs.slice(promptTokens.length - 1);
    expect(tokenIds).toEqual(rows.map((row) => row.indexOf(Math.max(...row))));
    tokenLogProbs.forEach((logProb, t) => expect(logProb).toBeCloseTo(rows[t]![tokenIds[t]!]!, 4));
  }
});

test('shares beyond 0 and 1, and models of different tokens, are refused', () => {
  expect(() => createMixtureSampler(policy, reference, 1.5)).toThrow('share must be between 0 and 1, got 1.5');
  const small = createPolicy({ ...policy.config, vocabSize: 90 }, 1);
  expect(() => createMixtureSampler(policy, small, 0.5)).toThrow('the reference 90');
  small.dispose();
});
