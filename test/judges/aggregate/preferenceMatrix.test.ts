import { describe, expect, test } from 'vitest';

import { preferenceMatrix } from '../../../src/judges/aggregate/preferenceMatrix.ts';
import { shrinkNearDuplicates } from '../../../src/judges/aggregate/shrinkNearDuplicates.ts';
import { winRates } from '../../../src/judges/aggregate/winRates.ts';

describe('a preference matrix', () => {
  test('averages what is told of a pair in either order, and leaves null what is not known', () => {
    const matrix = preferenceMatrix(3, [
      { i: 0, j: 1, pFirst: 0.9 },
      { i: 1, j: 0, pFirst: 0.3 },
      { i: 2, j: 0, pFirst: 1 },
      { i: 1, j: 2 },
    ]);
    expect(matrix[0]![1]).toBeCloseTo(0.8, 12);
    expect(matrix[1]![0]! + matrix[0]![1]!).toBe(1);
    expect([matrix[0]![2], matrix[2]![0], matrix[1]![2], matrix[2]![1]]).toEqual([0, 1, null, null]);
    expect([0, 1, 2].map((i) => matrix[i]![i])).toEqual([0.5, 0.5, 0.5]);
  });

  test.each([
    [{ i: 0, j: 3, pFirst: 1 }, /no comparison of 0 and 3 among 3/],
    [{ i: 1, j: 1, pFirst: 1 }, /no comparison of 1 and 1/],
    [{ i: 0, j: 1, pFirst: 1.7 }, /1.7 is no probability/],
    [{ i: 0, j: 1, pFirst: NaN }, /NaN is no probability/],
  ])('refuses %j', (verdict, message) => expect(() => preferenceMatrix(3, [verdict])).toThrow(message));
});

test('win rates are means over what is known, and null where nothing is', () => {
  const matrix = [
    [0.5, 0.9, null],
    [0.1, 0.5, null],
    [null, null, 0.5],
  ];
  expect(winRates(matrix)).toEqual([0.7, 0.3, null]);
  expect(winRates(matrix, { self: 'excluded' })).toEqual([0.9, 0.1, null]);
});

describe('near duplicates', () => {
  const matrix = [
    [0.5, 0.9, 1, null],
    [0.1, 0.5, 0.8, 1],
    [0, 0.2, 0.5, 0],
    [null, 0, 1, 0.5],
  ];

  test('tie when they are equal, and keep their preference when they differ', () => {
    const texts = ['one two three four', 'one two three four', 'something else altogether here', 'ONE'];
    const shrunk = shrinkNearDuplicates(matrix, texts);
    expect(shrunk[0]![1]).toBe(0.5);
    expect(shrunk[0]!.slice(2)).toEqual([1, null]);
    expect(shrunk[2]![3]).toBe(0);
  });

  test('lose preference in a straight line in between, antisymmetrically', () => {
    const words = Array.from({ length: 12 }, (_, i) => `word${i}`);
    const texts = [words.join(' '), words.slice(0, 11).join(' '), 'x', 'y'];
    // 9 of the 10 runs of three words that either has are in both.
    const similarity = 9 / 10;
    const [[, p], [q]] = shrinkNearDuplicates(matrix, texts) as [number[], number[], ...number[][]];
    expect(p).toBeCloseTo(0.5 + 0.4 * ((1 - similarity) / 0.2), 12);
    expect(p! + q!).toBeCloseTo(1, 12);
  });
});
