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

/** Sequences of 10 to 40 tokens, longest first; no two have the same prompt. */
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

test('sequences with one prompt score as alone, two by two, between others and without tokens', async () => {
  const alone = await scorer.score(sequences);
  const [first, second, third] = sequences as [ScoredSequence, ScoredSequence, ScoredSequence];
  const ofSecond = (completionIds: readonly number[]): ScoredSequence => ({ ...second, completionIds });
  const mixed = [first, second, ofSecond([]), ofSecond([9, 8, 7]), ofSecond([6, 5]), third];
  const found = await scorer.score(mixed);
  const apart = await Promise.all(mixed.map(async (one) => (await scorer.score([one]))[0]!));
  expect(found[2]).toBe(0);
  [alone[0]!, alone[1]!].forEach((score, i) => expect(found[i]).toBeCloseTo(score, 3));
  found.forEach((score, i) => expect(score).toBeCloseTo(apart[i]!, 3));
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

test('two long completions of one prompt score as alone', async () => {
  const long = [3, 90].map((first) => ({
    promptIds: [5, 6],
    completionIds: Array.from({ length: policy.config.contextLength - 2 }, (_, i) => (first + i) % 160),
  }));
  const found = await scorer.score(long);
  const apart = await Promise.all(long.map(async (one) => (await scorer.score([one]))[0]!));
  found.forEach((score, i) => expect(score).toBeCloseTo(apart[i]!, 3));
});

test('progress counts sequences, and an aborted signal stops between batches', async () => {
  const seen: number[] = [];
  const controller = new AbortController();
  // One row of 64 tokens at a time: 40 and 20, 35 and 25, then the rest.
  const narrow = createSequenceScorer(policy, { batchSize: 1, padToken: 0, bf16: false });
  const stop = narrow.score(sequences, {
    signal: controller.signal,
    onProgress: (done, total) => {
      seen.push(done / total);
      if (seen.length === 2) controller.abort(new Error('enough'));
    },
  });
  await expect(stop).rejects.toThrow('enough');
  expect(seen).toEqual([2 / 7, 4 / 7]);
  narrow.dispose();
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
