import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { pairBatches } from '../../datasets/index.ts';
import type { PairBatch, PairBatchOptions, TokenizedPair } from '../../datasets/index.ts';
import { userErrorOf } from './userErrorOf.ts';

const options: PairBatchOptions = { batchSize: 2, maxLength: 512, padTokenId: 0, order: 'given' };
const pairOf = (id: string, promptLength: number, chosenLength: number, rejectedLength: number): TokenizedPair => ({
  id,
  promptIds: Array<number>(promptLength).fill(1),
  chosenIds: Array<number>(chosenLength).fill(2),
  rejectedIds: Array<number>(rejectedLength).fill(3),
});
const all = (pairs: readonly TokenizedPair[], change: Partial<PairBatchOptions> = {}): PairBatch[] => [
  ...pairBatches(pairs, { ...options, ...change }),
];
const orderOf = (batches: PairBatch[]): number[] => batches.flatMap(({ pairIndices }) => Array.from(pairIndices));
const row = (values: Int32Array | Float32Array, at: number, width: number): number[] =>
  Array.from(values.subarray(at * width, (at + 1) * width));

describe('a batch', () => {
  test('has chosen rows, then rejected ones, and a mask over what predicts the completion', () => {
    const [batch] = all([pairOf('a', 2, 1, 3), pairOf('b', 1, 2, 1)], { maxLength: 5 });
    expect(batch).toMatchObject({ index: 0, batchSize: 2, length: 5 });
    expect([0, 1, 2, 3].map((at) => row(batch!.inputIds, at, 5))).toEqual([
      [1, 1, 2, 0, 0],
      [1, 2, 2, 0, 0],
      [1, 1, 3, 3, 3],
      [1, 3, 0, 0, 0],
    ]);
    expect([0, 1, 2, 3].map((at) => row(batch!.completionMask, at, 4))).toEqual([
      [0, 1, 0, 0],
      [1, 1, 0, 0],
      [0, 1, 1, 1],
      [1, 0, 0, 0],
    ]);
    expect(Array.from(batch!.rowWeights)).toEqual([1, 1]);
    expect(Array.from(batch!.pairIndices)).toEqual([0, 1]);
  });

  test('that is not full repeats its first pair at weight 0', () => {
    const last = all([pairOf('a', 1, 1, 1), pairOf('b', 1, 1, 1), pairOf('c', 2, 1, 1)], { batchSize: 2 }).at(-1)!;
    expect(Array.from(last.rowWeights)).toEqual([1, 0]);
    expect(Array.from(last.pairIndices)).toEqual([2, 2]);
    expect(row(last.inputIds, 1, last.length)).toEqual(row(last.inputIds, 0, last.length));
    expect(row(last.completionMask, 3, last.length - 1)).toEqual(row(last.completionMask, 2, last.length - 1));
  });

  test.each([
    [3, 32],
    [32, 32],
    [33, 64],
    [96, 96],
    [128, 128],
    [129, 192],
    [193, 256],
    [257, 384],
    [385, 500],
    [500, 500],
  ])('of %i tokens is padded to %i', (tokens, length) => {
    expect(all([pairOf('a', 1, 1, tokens - 1)], { maxLength: 500 })[0]!.length).toBe(length);
  });
});

const pair = fc.record({
  id: fc.string(),
  promptIds: fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 40 }),
  chosenIds: fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 40 }),
  rejectedIds: fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 40 }),
});

test('every pair comes once an epoch, with exactly its completion tokens under the mask', () => {
  fc.assert(
    fc.property(
      fc.array(pair, { maxLength: 9 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(),
      (pairs, batchSize, seed) => {
        const seen: number[] = [];
        for (const batch of all(pairs, { batchSize, order: { seed, epoch: 0 } })) {
          const { length } = batch;
          for (let at = 0; at < 2 * batchSize; at++) {
            const { promptIds, chosenIds, rejectedIds } = pairs[batch.pairIndices[at % batchSize]!]!;
            const completion = at < batchSize ? chosenIds : rejectedIds;
            const ids = row(batch.inputIds, at, length);
            const mask = row(batch.completionMask, at, length - 1);
            expect(ids.slice(0, promptIds.length)).toEqual(promptIds);
            expect(ids.filter((_, t) => t > 0 && mask[t - 1] === 1)).toEqual(completion);
            if (at < batchSize && batch.rowWeights[at] === 1) seen.push(batch.pairIndices[at]!);
          }
        }
        expect(seen.toSorted((a, b) => a - b)).toEqual(pairs.map((_, at) => at));
      },
    ),
    { seed: 1 },
  );
});

describe('the order', () => {
  const pairs = Array.from({ length: 20 }, (_, at) => pairOf(`${at}`, 1 + at, 1, 2));

  test('is that of the list when asked for', () => {
    expect(orderOf(all(pairs))).toEqual(pairs.map((_, at) => at));
  });

  test('is the same for a seed and epoch, and another for another', () => {
    const order = { seed: 1, epoch: 0 };
    expect(all(pairs, { order })).toEqual(all(pairs, { order }));
    expect(orderOf(all(pairs, { order }))).not.toEqual(orderOf(all(pairs, { order: { seed: 1, epoch: 1 } })));
    expect(orderOf(all(pairs, { order }))).not.toEqual(orderOf(all(pairs, { order: { seed: 2, epoch: 0 } })));
  });

  test('goes on at any batch as if it had never stopped', () => {
    const order = { seed: 1, epoch: 3 };
    const whole = all(pairs, { order, batchSize: 3 });
    for (let start = 0; start <= whole.length; start++) {
      expect(all(pairs, { order, batchSize: 3, start })).toEqual(whole.slice(start));
    }
  });
});

test('no pairs make no batches', () => {
  expect(all([])).toEqual([]);
});

test('pairs without tokens or with too many are listed', async () => {
  const pairs = [pairOf('a', 0, 1, 1), pairOf('b', 1, 0, 0), pairOf('c', 1, 1, 1), pairOf('d', 500, 12, 13)];
  expect(await userErrorOf(() => all(pairs))).toMatchInlineSnapshot(`
    {
      "code": "pairs.tokens",
      "message": "pairs: expected a prompt and two completions of at most 512 tokens together, found:
      a: promptIds is empty
      b: chosenIds is empty
      b: rejectedIds is empty
      d: 513 tokens
    Drop these pairs or shorten them.",
    }
  `);
});
