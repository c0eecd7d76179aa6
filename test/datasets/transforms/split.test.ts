import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { splitByCount, splitById } from '../../../datasets/index.ts';

const ids = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { maxLength: 60 });
const rowsOf = (names: readonly string[]): { id: string }[] => names.map((id) => ({ id }));
const shares = { train: 0.7, valid: 0.2, test: 0.1 };

describe('a split by id', () => {
  test('puts each row on one side, where it stays when the file grows or is put in another order', () => {
    const property = fc.property(ids, ids, (before, added) => {
      const rows = rowsOf(before);
      const split = splitById(rows, { seed: 1, shares });
      const sides = Object.values(split);
      expect(sides.flatMap((side) => side.rows).toSorted(byId)).toEqual(rows.toSorted(byId));
      const grown = splitById([...rowsOf(added.filter((id) => !before.includes(id))), ...rows.toReversed()], {
        seed: 1,
        shares,
      });
      for (const [side, { rows: own }] of Object.entries(split)) {
        expect(grown[side]!.rows.filter(({ id }) => before.includes(id)).toReversed()).toEqual(own);
      }
    });
    fc.assert(property, { seed: 1 });
  });

  test('comes near its shares, and another seed gives another split', () => {
    const rows = rowsOf(Array.from({ length: 10_000 }, (_, at) => `row ${at}`));
    const split = splitById(rows, { seed: 1, shares });
    // Standard deviation at most 46 rows: four of them.
    for (const [side, share] of Object.entries(shares)) {
      expect(Math.abs(split[side]!.rows.length - share * 10_000)).toBeLessThan(184);
    }
    expect(split['test']!.entry).toEqual({
      name: 'splitById',
      options: { seed: 1, shares, side: 'test' },
      rowsIn: 10_000,
      rowsOut: split['test']!.rows.length,
    });
    expect(splitById(rows, { seed: 2, shares })['test']!.rows).not.toEqual(split['test']!.rows);
  });

  test('keeps rows of one key together', () => {
    const rows = Array.from({ length: 300 }, (_, at) => ({ id: `${at}`, prompt: `${at % 30}` }));
    const split = splitById(rows, { seed: 1, shares, key: (row) => row.prompt });
    const sidesOf = (prompt: string): number =>
      Object.values(split).filter(({ rows: own }) => own.some((row) => row.prompt === prompt)).length;
    expect(rows.map(({ prompt }) => sidesOf(prompt))).toEqual(rows.map(() => 1));
    expect(split['train']!.rows.length).toBeLessThan(300);
  });

  test.each([[{ a: 0.5, b: 0.4 }], [{ a: 1.5, b: -0.5 }], [{ a: Number.NaN }], [{}]])('refuses %o', (bad) => {
    expect(() => splitById([], { seed: 1, shares: bad })).toThrow(
      /^splitById: shares must be above 0 and add up to 1/u,
    );
  });
});

describe('a split by count', () => {
  test('gives exact sizes, each row on one side, in the order they came', () => {
    const property = fc.property(fc.nat({ max: 30 }), fc.nat({ max: 9 }), fc.nat({ max: 9 }), (more, a, b) => {
      const rows = Array.from({ length: a + b + more }, (_, at) => at);
      const split = splitByCount(rows, { seed: 1, counts: { a, b }, rest: 'c' });
      expect(Object.values(split).map((side) => side.rows.length)).toEqual([a, b, more]);
      expect(
        Object.values(split)
          .flatMap((side) => side.rows)
          .toSorted((x, y) => x - y),
      ).toEqual(rows);
      for (const { rows: own } of Object.values(split)) expect(own.toSorted((x, y) => x - y)).toEqual(own);
      expect(splitByCount(rows, { seed: 1, counts: { a, b }, rest: 'c' })).toEqual(split);
    });
    fc.assert(property, { seed: 1 });
  });

  test('draws at random', () => {
    const rows = Array.from({ length: 100 }, (_, at) => at);
    const drawn = (seed: number): number[] =>
      splitByCount(rows, { seed, counts: { test: 10 }, rest: 'train' })['test']!.rows;
    expect(drawn(1)).not.toEqual(rows.slice(0, 10));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  test('refuses more than there is, no whole numbers, and a rest that has a count', () => {
    expect(() => splitByCount([1], { seed: 1, counts: { test: 2 }, rest: 'train' })).toThrow(
      'splitByCount: counts must add up to at most the 1 rows there are, got 2. Lower them.',
    );
    expect(() => splitByCount([1], { seed: 1, counts: { test: 0.5 }, rest: 'train' })).toThrow(
      'splitByCount: counts.test must be a whole number of at least 0, got 0.5.',
    );
    expect(() => splitByCount([1], { seed: 1, counts: { test: 1 }, rest: 'test' })).toThrow('rest must be a side');
  });
});

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}
