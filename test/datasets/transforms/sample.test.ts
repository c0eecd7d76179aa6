import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { collectRows, sample } from '../../../datasets/index.ts';

const rows = Array.from({ length: 10 }, (_, at) => at);

test('without a seed the first rows are taken, and no more are read', async () => {
  const taken = await collectRows(sample(rows, { count: 3 }));
  expect(taken).toEqual({ rows: [0, 1, 2], entry: { name: 'sample', options: { count: 3 }, rowsIn: 3, rowsOut: 3 } });
  expect((await collectRows(sample(rows, { count: 0 }))).entry).toMatchObject({ rowsIn: 0, rowsOut: 0 });
});

test('with a seed as many distinct rows are drawn as there are and asked for, in their order', async () => {
  const property = fc.asyncProperty(fc.nat({ max: 40 }), fc.nat({ max: 40 }), fc.integer(), async (n, count, seed) => {
    const all = Array.from({ length: n }, (_, at) => at);
    const drawn = await collectRows(sample(all, { count, seed }));
    expect(drawn.rows).toEqual([...new Set(drawn.rows)].toSorted((a, b) => a - b));
    expect(drawn.rows.every((row) => all.includes(row))).toBe(true);
    expect(drawn.entry).toMatchObject({ rowsIn: n, rowsOut: Math.min(n, count) });
    expect(await collectRows(sample(all, { count, seed }))).toEqual(drawn);
  });
  await fc.assert(property, { seed: 1 });
});

test('every row is drawn as often as any other', async () => {
  const times = rows.map(() => 0);
  for (let seed = 0; seed < 2000; seed++) {
    for (const row of (await collectRows(sample(rows, { count: 3, seed }))).rows) times[row]!++;
  }
  // 600 each with a standard deviation of 20.5: five of them.
  for (const n of times) expect(Math.abs(n - 600)).toBeLessThan(103);
});

test('a count is a whole number', () => {
  expect(() => sample(rows, { count: -1 })).toThrow('sample: count must be a whole number of at least 0, got -1.');
});
