import { describe, expect, test } from 'vitest';

import { sequenceBatches, sequenceRows } from '../../datasets/index.ts';
import { randomStream } from '../../src/base/seed.ts';

/** Prompts of 1 to 60 tokens with `completions` completions of 1 to 40 each; every token says where it belongs. */
function examplesOf(count: number, completions: number) {
  const random = randomStream(7, 'sequences', completions);
  const tokens = (most: number, first: number) =>
    Array.from({ length: 1 + Math.floor(random.uniform() * most) }, (_, i) => first + i);
  return Array.from({ length: count }, (_, i) => ({
    id: `${i}`,
    promptIds: tokens(60, 1000 * i + 1),
    completions: Array.from({ length: completions }, (__, side) => tokens(40, 1000 * i + 100 * (side + 1))),
  }));
}

describe.each([1, 2])('sequences with %i completions to a prompt', (completions) => {
  const examples = examplesOf(200, completions);
  const batches = [...sequenceBatches(examples, { batchSize: 64, maxLength: 512, padTokenId: 0 })];

  test('each stand in one batch, and their tokens are predicted where the table of places says', () => {
    expect(batches.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual([...examples.keys()]);
    for (const { indices, tokens } of batches) {
      for (const [slot, index] of indices.entries()) {
        for (const [side, completion] of examples[index]!.completions.entries()) {
          const first = tokens.places[(side * tokens.slots + slot) * tokens.length]!;
          expect([...tokens.targets.subarray(first, first + completion.length)]).toEqual(completion);
          const seen = [...tokens.sources.subarray(first, first + completion.length)].map((at) => tokens.inputIds[at]);
          expect(seen).toEqual([examples[index]!.promptIds.at(-1), ...completion.slice(0, -1)]);
        }
      }
    }
  });

  test('have rows of one length, and few numbers of rows', () => {
    expect(new Set(batches.map(({ tokens }) => tokens.length)).size).toBe(1);
    expect(batches.every(({ tokens }) => tokens.rows * tokens.length <= 4096)).toBe(true);
    expect(new Set(batches.slice(0, -1).map(({ tokens }) => tokens.rows)).size).toBe(1);
  });

  test('are mostly tokens', () => {
    const computed = batches.reduce((sum, { tokens }) => sum + tokens.rows * tokens.length, 0);
    const needed = examples.reduce(
      (sum, { promptIds, completions: all }) => sum + promptIds.length + all.reduce((n, { length }) => n + length, 0),
      0,
    );
    expect(needed / computed).toBeGreaterThan(0.75);
  });
});

test('few sequences take few rows', () => {
  const [batch, ...others] = sequenceBatches(examplesOf(1, 1), { batchSize: 64, maxLength: 512, padTokenId: 0 });
  expect(others).toEqual([]);
  expect(batch!.tokens.rows).toBe(1);
});

test('a dataset may have more examples than a call has arguments', () => {
  const many = Array.from({ length: 200_000 }, (_, i) => ({ id: '', promptIds: [1], completions: [[i]] }));
  const batches = [...sequenceBatches(many, { batchSize: 64, maxLength: 512, padTokenId: 0 })];
  expect(batches[0]!.tokens.rows * batches[0]!.tokens.length).toBe(64 * 32);
  const indices = batches.flatMap((batch) => batch.indices).sort((a, b) => a - b);
  expect(indices.length).toBe(many.length);
  expect(indices.every((index, at) => index === at)).toBe(true);
});

test.each([
  { longest: 100, batchSize: 64, rows: 32, length: 128 },
  { longest: 100, batchSize: 16, rows: 16, length: 128 },
  { longest: 2000, batchSize: 64, rows: 2, length: 2000 },
  { longest: 5000, batchSize: 64, rows: 1, length: 5000 },
])('of $longest tokens at most, a batch has $rows rows of $length', ({ longest, batchSize, ...expected }) => {
  expect(sequenceRows(longest, { batchSize, maxLength: longest === 100 ? 512 : longest })).toEqual(expected);
});
