import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { selectPairs } from '../../../src/judges/aggregate/selectPairs.ts';
import { tournament } from '../../../src/judges/aggregate/tournament.ts';
import { matrices } from './matrices.ts';

const MATRIX = [
  [0.5, 0.4, 0.9],
  [0.6, 0.5, 0.6],
  [0.1, 0.4, 0.5],
];
const indices = (pairs: readonly { chosen: number; rejected: number }[]): number[][] =>
  pairs.map(({ chosen, rejected }) => [chosen, rejected]);

describe('pairs from preferences', () => {
  test('follow the rule', () => {
    expect(selectPairs(MATRIX)).toEqual([
      {
        chosen: 0,
        rejected: 2,
        pChosen: expect.closeTo(0.6, 12),
        pRejected: expect.closeTo(1 / 3, 12),
        pChosenBeatsRejected: 0.9,
      },
    ]);
    expect(indices(selectPairs(MATRIX, { rule: 'best-second' }))).toEqual([[0, 1]]);
    expect(indices(selectPairs(MATRIX, { rule: 'ranked' }))).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
  });

  test('must pass the filters: margin, level, and the direct comparison', () => {
    expect(indices(selectPairs(MATRIX, { rule: 'ranked', minMargin: 0.1 }))).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(selectPairs(MATRIX, { minChosen: 0.7 })).toEqual([]);
    expect(selectPairs(MATRIX, { minChosen: 0.61, self: 'excluded' })).toHaveLength(1);
    // Answer 0 has the better rate, and loses to 1.
    expect(selectPairs(MATRIX, { rule: 'best-second', mustBeat: true })).toEqual([]);
  });

  test('are made of equal answers only without a margin, and of two different ones then', () => {
    const equal = [
      [0.5, 0.5],
      [0.5, 0.5],
    ];
    expect(indices(selectPairs(equal))).toEqual([[0, 1]]);
    expect(selectPairs(equal, { rule: 'ranked' })).toEqual([]);
    expect(selectPairs(equal, { minMargin: 1e-9 })).toEqual([]);
  });

  test('leave out answers that were never compared', () => {
    const partial = [
      [0.5, null, 0.2],
      [null, 0.5, null],
      [0.8, null, 0.5],
    ];
    expect(indices(selectPairs(partial, { rule: 'ranked' }))).toEqual([[2, 0]]);
    expect(selectPairs([[0.5]])).toEqual([]);
  });

  test('never choose the worse one', () => {
    fc.assert(
      fc.property(matrices, fc.constantFrom('max-min', 'best-second', 'ranked'), (matrix, rule) => {
        for (const { chosen, rejected, pChosen, pRejected } of selectPairs(matrix, { rule })) {
          expect(chosen).not.toBe(rejected);
          expect(pChosen).toBeGreaterThanOrEqual(pRejected);
        }
      }),
    );
  });
});

describe('a tournament', () => {
  test('finds best and worst of any number where the judge is transitive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 17 }),
        async (scores) => {
          const result = await tournament(scores.length, (pairs) =>
            pairs.map(([i, j]) => (scores[i]! > scores[j]! ? 0.7 : 0.3)),
          );
          expect(result!.best).toBe(scores.indexOf(Math.max(...scores)));
          expect(result!.worst).toBe(scores.indexOf(Math.min(...scores)));
          expect(result!.kept).toBe(true);
          expect(result!.comparisons.length).toBeLessThanOrEqual(Math.ceil(1.5 * scores.length));
        },
      ),
    );
  });

  test('keeps a pair only when the best beats the worst', async () => {
    await fc.assert(
      fc.asyncProperty(matrices, async (matrix) => {
        const result = (await tournament(matrix.length, (pairs) => pairs.map(([i, j]) => matrix[i]![j]!)))!;
        expect(result.kept).toBe(matrix[result.best]![result.worst]! > 0.5);
      }),
    );
  });

  test('has no result where a comparison has none, and asks nothing more', async () => {
    let asked = 0;
    const result = await tournament(8, (pairs) => {
      asked += pairs.length;
      return pairs.map((_, i) => (i === 2 ? undefined : 0.6));
    });
    expect(result).toBeUndefined();
    expect(asked).toBe(4);
    await expect(tournament(1, () => [])).rejects.toThrow(RangeError);
  });
});
