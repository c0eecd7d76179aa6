import { expect, test } from 'vitest';

import { outcomeOf, winRate } from '../../src/world/winRate.ts';

const width = (count: number): number => {
  const { low, high } = winRate(Array.from({ length: count }, (_, i) => i % 2));
  return high - low;
};

test('two wins of four, computed by hand', () => {
  // z^2 = 3.841459, z^2/n = 0.960365: center (0.5 + 0.480182) / 1.960365 = 0.5,
  // radius 1.959964 * sqrt(0.25/4 + 3.841459/64) / 1.960365 = 0.349961
  const { rate, low, high, count } = winRate([1, 0, 0.5, 0.5]);
  expect([rate, count]).toEqual([0.5, 4]);
  expect(low).toBeCloseTo(0.15004, 4);
  expect(high).toBeCloseTo(0.84996, 4);
});

test('nine wins of ten, against the published Wilson interval', () => {
  const { low, high } = winRate([1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
  expect([low, high].map((value) => value.toFixed(3))).toEqual(['0.596', '0.982']);
});

test('all wins or all losses still leave an interval, and it stays within [0, 1]', () => {
  const wins = winRate([1, 1, 1, 1, 1]);
  // n / (n + z^2) = 5 / 8.841459
  expect(wins.low).toBeCloseTo(0.565518, 5);
  expect(wins.high).toBe(1);
  const losses = winRate([0, 0, 0, 0, 0]);
  expect(losses.low).toBe(0);
  expect(losses.high).toBeCloseTo(1 - wins.low, 12);
});

test('more comparisons narrow the interval', () => {
  expect(width(400)).toBeLessThan(width(100));
  expect(width(400)).toBeCloseTo(2 * 1.96 * Math.sqrt(0.25 / 400), 2);
});

test('no outcomes, and outcomes that are none, are refused', () => {
  expect(() => winRate([])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: winRate: expected at least one outcome, got none.]`,
  );
  expect(() => winRate([1, 2, 0.5, Number.NaN])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: winRate: expected outcomes in [0, 1], got 2, NaN.]`,
  );
});

test('an outcome is a win above one half, a tie at it and a loss below', () => {
  expect([0.51, 0.5, 0.49].map(outcomeOf)).toEqual([1, 0.5, 0]);
});
