import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import { readWeights, type Policy } from '../../src/models/index.ts';
import {
  createSequenceScorer,
  sequenceLogProbs,
  type ScoredSequence,
  type SequenceScorer,
} from '../../src/training/index.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { loadGoldenPolicy } from '../models/modelCases.ts';

let policy: Policy;
let scorer: SequenceScorer;
beforeAll(async () => {
  await startEngine();
  policy = await loadGoldenPolicy();
  scorer = createSequenceScorer(policy, { batchSize: 4, padToken: 0, bf16: false });
});
afterAll(() => {
  scorer.dispose();
  policy.dispose();
});

/** Sequences of 3 to 40 tokens, longest first: two padded lengths, and a last batch that is not full. */
const sequences: ScoredSequence[] = Array.from({ length: 7 }, (_, i) => ({
  promptIds: Array.from({ length: 1 + i }, (__, j) => 3 + i + j),
  completionIds: Array.from({ length: 39 - 6 * i }, (__, j) => 40 + 3 * i + j),
}));

async function oneByOne(): Promise<number[]> {
  const sums: number[] = [];
  for (const { promptIds, completionIds } of sequences) {
    const ids = [...promptIds, ...completionIds];
    const mask = ids.slice(1).map((_, i) => Number(i >= promptIds.length - 1));
    const sum = tf.tidy(() =>
      sequenceLogProbs(policy.config, readWeights(policy), tf.tensor2d([ids], undefined, 'int32'), tf.tensor2d([mask])),
    );
    sums.push((await sum.data())[0]!);
    sum.dispose();
  }
  return sums;
}

test('scores in batches are those of the sequences alone, in the order given', async () => {
  const expected = await oneByOne();
  const found = await scorer.score(sequences);
  found.forEach((score, i) => expect(score).toBeCloseTo(expected[i]!, 3));
});

test('the scores of the tokens of a completion sum up to its score', async () => {
  const [sums, tokens] = [await scorer.score(sequences), await scorer.scoreTokens(sequences)];
  tokens.forEach((values, i) => {
    expect(values.length).toBe(sequences[i]!.completionIds.length);
    expect(values.every((value) => value < 0)).toBe(true);
    expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(sums[i]!, 3);
  });
});

test('a completion without tokens has probability one', async () => {
  expect([...(await scorer.score([{ promptIds: [5, 6], completionIds: [] }]))]).toEqual([0]);
});

test('no sequences have no scores', async () => {
  expect([...(await scorer.score([]))]).toEqual([]);
});

test('a sequence may fill the context', async () => {
  const completionIds = Array.from({ length: policy.config.contextLength - 1 }, (_, i) => i % 160);
  const [score] = await scorer.score([{ promptIds: [5], completionIds }]);
  expect(score).toBeLessThan(0);
});

test('progress counts sequences, and an aborted signal stops between batches', async () => {
  const seen: number[] = [];
  const controller = new AbortController();
  const stop = scorer.score(sequences, {
    signal: controller.signal,
    onProgress: (done, total) => {
      seen.push(done / total);
      controller.abort(new Error('enough'));
    },
  });
  await expect(stop).rejects.toThrow('enough');
  expect(seen).toEqual([4 / 7]);
});

test('scoring leaks no tensors', async () => {
  await scorer.score(sequences);
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) await scorer.score(sequences);
  expect(tf.memory().numTensors).toBe(before);
});

describe('refuses', () => {
  test('a sequence longer than the context', async () => {
    const completionIds = Array.from({ length: 128 }, () => 5);
    await expect(scorer.score([{ promptIds: [5], completionIds }])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[RangeError: score: sequence 0 has 1 prompt and 128 completion tokens; expected a prompt, and at most 128 in all. Drop or cut it first.]`,
    );
  });

  test('a sequence without prompt', async () => {
    await expect(scorer.score([{ promptIds: [], completionIds: [5] }])).rejects.toThrow(RangeError);
  });

  test('tokens that the policy does not have', async () => {
    const error = await userErrorOf(() => scorer.score([{ promptIds: [5], completionIds: [160] }]));
    expect(error.code).toBe('tokens.outside');
  });
});
