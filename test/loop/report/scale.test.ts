import { array, assert, boolean, double, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { numberAxis, roundAxis, SHARE_AXIS, stepAxis } from '../../../src/loop/report/scale.ts';

const labels = (axis: { ticks: readonly { label: string }[] }): string[] => axis.ticks.map(({ label }) => label);

describe('numberAxis', () => {
  test.each([
    [[3.1, 6.7], false, ['3', '4', '5', '6', '7']],
    [[1.9, 7.3], true, ['0', '2', '4', '6', '8']],
    [[-0.2, 0.3], true, ['-0.2', '0.0', '0.2', '0.4']],
    [[0.004, 0.008], true, ['0.000', '0.002', '0.004', '0.006', '0.008']],
    [[241_000, 250_500], false, ['240,000', '245,000', '250,000', '255,000']],
    [[0, 0], true, ['0.0', '0.5']],
    [[5, 5], false, ['4', '6']],
  ])('has round ticks about %j', (values, fromZero, expected) => {
    expect(labels(numberAxis(values, { fromZero }))).toEqual(expected);
  });

  test('covers all values with a few ticks that rise', () => {
    assert(
      property(
        array(double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 20 }),
        boolean(),
        (values, fromZero) => {
          const axis = numberAxis(values, { fromZero });
          const slack = (axis.high - axis.low) * 1e-6;
          expect(axis.low).toBeLessThan(axis.high);
          expect(axis.low).toBeLessThanOrEqual(Math.min(...values) + slack);
          expect(axis.high).toBeGreaterThanOrEqual(Math.max(...values) - slack);
          expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
          expect(axis.ticks.length).toBeLessThanOrEqual(8);
        },
      ),
      { seed: 1 },
    );
  });
});

test('stepAxis ends where the steps end, with whole ticks between', () => {
  const axis = stepAxis([1, 2, 144]);
  expect([axis.low, axis.high]).toEqual([1, 144]);
  expect(labels(axis)).toEqual(['20', '40', '60', '80', '100', '120', '140']);
  expect(labels(stepAxis([1, 3000]))).toEqual(['500', '1,000', '1,500', '2,000', '2,500', '3,000']);
  expect(labels(stepAxis([1, 2]))).toEqual(['1', '2']);
  expect(stepAxis([7])).toMatchObject({ low: 6, high: 8, ticks: [{ value: 7, label: '7' }] });
});

test('roundAxis has a tick at each round, thinned when there are many', () => {
  expect(labels(roundAxis([0, 1, 2, 3]))).toEqual(['0', '1', '2', '3']);
  expect(labels(roundAxis([1]))).toEqual(['1']);
  expect(roundAxis([1]).low).toBeLessThan(1);
  expect(labels(roundAxis([1, 30]))).toEqual(['1', '4', '7', '10', '13', '16', '19', '22', '25', '28']);
});

test('shares have the whole range', () => {
  expect(labels(SHARE_AXIS)).toEqual(['0%', '25%', '50%', '75%', '100%']);
});
