import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { collectRows, shuffle, shuffleWindow } from '../../../datasets/index.ts';

const count = (length: number): number[] => Array.from({ length }, (_, at) => at);
const windowed = async (rows: number[], seed: number, window: number): Promise<number[]> =>
  (await collectRows(shuffleWindow(rows, { seed, window }))).rows;

test('a shuffle is a permutation, the same for the same seed, and leaves its rows alone', () => {
  const property = fc.property(fc.nat({ max: 200 }), fc.integer(), (length, seed) => {
    const rows = Object.freeze(count(length)) as number[];
    const shuffled = shuffle(rows, { seed });
    expect(shuffled.rows.toSorted((a, b) => a - b)).toEqual(rows);
    expect(shuffle(rows, { seed })).toEqual(shuffled);
    expect(shuffled.entry).toEqual({ name: 'shuffle', options: { seed }, rowsIn: length, rowsOut: length });
  });
  fc.assert(property, { seed: 1 });
  expect(shuffle(count(50), { seed: 1 }).rows).not.toEqual(shuffle(count(50), { seed: 2 }).rows);
});

test('every order of three rows is as likely as any other', () => {
  const times = new Map<string, number>();
  for (const seed of count(6000)) {
    const order = shuffle(['a', 'b', 'c'], { seed }).rows.join('');
    times.set(order, (times.get(order) ?? 0) + 1);
  }
  expect(times.size).toBe(6);
  // 1000 each with a standard deviation of 29: five of them.
  for (const n of times.values()) expect(Math.abs(n - 1000)).toBeLessThan(145);
});

test('a shuffle in a window is a permutation that brings no row more than window - 1 places forward', async () => {
  const property = fc.asyncProperty(
    fc.nat({ max: 200 }),
    fc.integer({ min: 1, max: 40 }),
    fc.integer(),
    async (n, window, seed) => {
      const shuffled = await windowed(count(n), seed, window);
      expect(shuffled.toSorted((a, b) => a - b)).toEqual(count(n));
      expect(await windowed(count(n), seed, window)).toEqual(shuffled);
      for (const [place, row] of shuffled.entries()) expect(row - place).toBeLessThanOrEqual(window - 1);
    },
  );
  await fc.assert(property, { seed: 1 });
  expect(await windowed(count(50), 1, 10)).not.toEqual(await windowed(count(50), 2, 10));
  expect(await windowed(count(50), 1, 1)).toEqual(count(50));
});

test('a window is a whole number above 0', () => {
  for (const window of [0, -1, 1.5, Number.NaN]) {
    expect(() => shuffleWindow([], { seed: 1, window })).toThrow(
      new RangeError(`shuffleWindow: window must be a whole number of at least 1, got ${window}. Set it to 1 or more.`),
    );
  }
});
