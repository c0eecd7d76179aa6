import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { pairBatches, sampleBatches } from '../../datasets/index.ts';
import type { BatchLayout, BatchOptions, ExampleBatch, TokenBatch, TokenizedPair } from '../../datasets/index.ts';
import { userErrorOf } from './userErrorOf.ts';

const options: BatchOptions = { batchSize: 2, maxLength: 512, padTokenId: 0, order: 'given' };
const pairOf = (id: string, promptLength: number, chosenLength: number, rejectedLength: number): TokenizedPair => ({
  id,
  promptIds: Array<number>(promptLength).fill(1),
  chosenIds: Array<number>(chosenLength).fill(2),
  rejectedIds: Array<number>(rejectedLength).fill(3),
});
const all = (pairs: readonly TokenizedPair[], change: Partial<BatchOptions> = {}): ExampleBatch[] => [
  ...pairBatches(pairs, { ...options, ...change }),
];
const orderOf = (batches: ExampleBatch[]): number[] => batches.flatMap(({ indices }) => indices);
const row = (values: Int32Array | Float32Array, at: number, width: number): number[] =>
  Array.from(values.subarray(at * width, (at + 1) * width));

/** What a sequence of a micro-batch counts: the tokens, each with all those that its prediction sees, in order. */
function predictionsOf(batch: TokenBatch, sequence: number): { target: number; seen: number[] }[] {
  const { inputIds, packing, sources, targets, length } = batch;
  const width = batch.places.length / batch.sequences;
  const places = row(batch.places, sequence, width).filter((_, i) => batch.mask[sequence * width + i] === 1);
  return places.map((place) => {
    const source = sources[place]!;
    const start = source - (source % length);
    const visible = Array.from({ length: source - start + 1 }, (_, i) => start + i).filter(
      (at) =>
        !packing ||
        (packing.trees[at] === packing.trees[source] &&
          (packing.branches[at] === 0 || packing.branches[at] === packing.branches[source])),
    );
    if (packing) expect(visible.map((at) => packing.positions[at])).toEqual(visible.map((_, i) => i));
    return { target: targets[place]!, seen: visible.map((at) => inputIds[at]!) };
  });
}

/** The same as a model would see it alone. */
function predictionsAlone(promptIds: readonly number[], completion: readonly number[]): object[] {
  return completion.map((target, i) => ({ target, seen: [...promptIds, ...completion.slice(0, i)] }));
}

describe('a padded batch', () => {
  test('has chosen rows, then rejected ones, and a mask over what predicts the completion', () => {
    const [batch] = all([pairOf('a', 2, 1, 3), pairOf('b', 1, 2, 1)], { maxLength: 5 });
    expect(batch).toMatchObject({ index: 0, indices: [0, 1], ids: ['a', 'b'] });
    const [micro] = batch!.microBatches;
    expect(micro).toMatchObject({ rows: 4, length: 5, sequences: 4, slots: 2, members: [0, 1], packing: null });
    expect([0, 1, 2, 3].map((at) => row(micro!.inputIds, at, 5))).toEqual([
      [1, 1, 2, 0, 0],
      [1, 2, 2, 0, 0],
      [1, 1, 3, 3, 3],
      [1, 3, 0, 0, 0],
    ]);
    expect([0, 1, 2, 3].map((at) => row(micro!.mask, at, 4))).toEqual([
      [0, 1, 0, 0],
      [1, 1, 0, 0],
      [0, 1, 1, 1],
      [1, 0, 0, 0],
    ]);
  });

  test('that is not full holds its first pair again, as no member', () => {
    const last = all([pairOf('a', 1, 1, 1), pairOf('b', 1, 1, 1), pairOf('c', 2, 1, 1)]).at(-1)!;
    const [micro] = last.microBatches;
    expect(last.indices).toEqual([2]);
    expect(micro).toMatchObject({ members: [0], slots: 2 });
    expect(row(micro!.inputIds, 1, micro!.length)).toEqual(row(micro!.inputIds, 0, micro!.length));
    expect(row(micro!.mask, 3, micro!.length - 1)).toEqual(row(micro!.mask, 2, micro!.length - 1));
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
    const [batch] = all([pairOf('a', 1, 1, tokens - 1)], { maxLength: 500 });
    expect(batch!.microBatches[0]!.length).toBe(length);
  });

  test('comes in pieces of the size asked for, each as long as its longest sequence needs', () => {
    const pairs = [pairOf('a', 1, 1, 1), pairOf('b', 1, 40, 1), pairOf('c', 1, 1, 1)];
    const [batch] = all(pairs, { batchSize: 4, microBatchSize: 1 });
    expect(batch!.microBatches.map(({ members, length, rows }) => ({ members, length, rows }))).toEqual([
      { members: [0], length: 32, rows: 2 },
      { members: [1], length: 64, rows: 2 },
      { members: [2], length: 32, rows: 2 },
    ]);
  });
});

describe('packed rows', () => {
  const pairs = [pairOf('a', 30, 10, 5), pairOf('b', 4, 2, 3), pairOf('c', 40, 20, 20), pairOf('d', 5, 5, 5)];

  test('have one shape for the whole run, whatever is in them', () => {
    for (const layout of ['packed', 'shared-prompt'] as const) {
      const batches = all(pairs, { layout, microBatchTokens: 200 });
      const shapes = batches.flatMap(({ microBatches }) => microBatches.map(({ rows, length }) => `${rows}x${length}`));
      expect(new Set(shapes)).toEqual(new Set([layout === 'packed' ? '1x128' : '2x96']));
    }
  });

  test('take less room than padded ones, and least with shared prompts', () => {
    const tokens = (layout: BatchLayout): number =>
      all(pairs, { layout, batchSize: 4, microBatchTokens: 1 })
        .flatMap(({ microBatches }) => microBatches)
        .reduce((sum, { rows, length }) => sum + rows * length, 0);
    expect([tokens('padded'), tokens('packed'), tokens('shared-prompt')]).toEqual([512, 256, 192]);
  });
});

const token = fc.integer({ min: 1, max: 99 });
const tokens = fc.array(token, { minLength: 1, maxLength: 40 });
const pair = fc.record({ id: fc.string(), promptIds: tokens, chosenIds: tokens, rejectedIds: tokens });

test.each<BatchLayout>(['padded', 'packed', 'shared-prompt'])(
  'in the layout %s every pair comes once an epoch, and each token is predicted from what it would see alone',
  (layout) => {
    fc.assert(
      fc.property(
        fc.array(pair, { maxLength: 9 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 300 }),
        fc.nat(),
        (pairs, batchSize, microBatchTokens, seed) => {
          const seen: number[] = [];
          for (const batch of all(pairs, { batchSize, layout, microBatchTokens, order: { seed, epoch: 0 } })) {
            for (const micro of batch.microBatches) {
              for (let slot = 0; slot < micro.slots; slot++) {
                const member = micro.members[slot] ?? micro.members[0]!;
                const { promptIds, chosenIds, rejectedIds } = pairs[batch.indices[member]!]!;
                if (slot < micro.members.length) seen.push(batch.indices[member]!);
                expect(predictionsOf(micro, slot)).toEqual(predictionsAlone(promptIds, chosenIds));
                expect(predictionsOf(micro, micro.slots + slot)).toEqual(predictionsAlone(promptIds, rejectedIds));
              }
            }
          }
          expect(seen.toSorted((a, b) => a - b)).toEqual(pairs.map((_, at) => at));
        },
      ),
      { seed: 1, numRuns: 40 },
    );
  },
);

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

  test.each<BatchLayout>(['padded', 'packed'])('goes on at any batch as if it had never stopped, %s', (layout) => {
    const order = { seed: 1, epoch: 3 };
    const whole = all(pairs, { order, batchSize: 3, layout });
    for (let start = 0; start <= whole.length; start++) {
      expect(all(pairs, { order, batchSize: 3, layout, start })).toEqual(whole.slice(start));
    }
  });
});

test('a batch counts its tokens, the prompt once for each completion', () => {
  expect(all([pairOf('a', 2, 1, 3), pairOf('b', 1, 2, 1)])[0]!.tokens).toBe(2 * 2 + 4 + 2 * 1 + 3);
});

test('samples make batches of one sequence each', () => {
  const samples = [{ id: 's', promptIds: [1, 2], completionIds: [3, 4] }];
  const [batch] = [...sampleBatches(samples, options)];
  expect(batch!.microBatches[0]).toMatchObject({ sequences: 2, slots: 2, members: [0] });
  expect(predictionsOf(batch!.microBatches[0]!, 0)).toEqual(predictionsAlone([1, 2], [3, 4]));
});

test('no pairs make no batches', () => {
  expect(all([])).toEqual([]);
});

test('pairs without tokens or with too many are listed', async () => {
  const pairs = [pairOf('a', 0, 1, 1), pairOf('b', 1, 0, 0), pairOf('c', 1, 1, 1), pairOf('d', 500, 12, 13)];
  expect(await userErrorOf(() => all(pairs))).toMatchInlineSnapshot(`
    {
      "code": "pairs.tokens",
      "message": "pairs: expected a prompt and completions, at most 512 tokens together, found:
      a: promptIds is empty
      b: chosenIds is empty
      b: rejectedIds is empty
      d: 513 tokens
    Drop these pairs or shorten them.",
    }
  `);
});

test.each([
  [{ batchSize: 0 }, 'batchSize must be a whole number above 0, got 0'],
  [{ batchSize: 4, microBatchSize: 3 }, 'microBatchSize must divide batchSize, 4, got 3'],
  [{ microBatchTokens: 0.5 }, 'microBatchTokens must be a whole number above 0, got 0.5'],
])('refuses %o', (change, message) => {
  expect(() => all([pairOf('a', 1, 1, 1)], change)).toThrow(message);
});
