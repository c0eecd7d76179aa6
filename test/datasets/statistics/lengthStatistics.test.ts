import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { lengthStatistics } from '../../../datasets/index.ts';

test('lengths are described as numpy describes them', () => {
  // numpy 2.4.6: mean, std and quantile([0.05, 0.25, 0.5, 0.75, 0.95, 0.99]) of the list.
  const { count, mean, std, ...rest } = lengthStatistics([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 89]);
  expect(count).toBe(12);
  expect(mean).toBeCloseTo(11.083333333333334, 12);
  expect(std).toBeCloseTo(23.591871246022198, 12);
  const expected = { min: 1, p5: 1, p25: 2.75, p50: 4.5, p75: 5.25, p95: 45.0, p99: 80.2, max: 89 };
  for (const [name, value] of Object.entries(expected)) {
    expect(rest[name as keyof typeof rest], name).toBeCloseTo(value, 9);
  }
});

test('one number is all of its quantiles, and does not spread', () => {
  const quantiles = { p5: 7, p25: 7, p50: 7, p75: 7, p95: 7, p99: 7 };
  expect(lengthStatistics([7])).toEqual({ count: 1, mean: 7, std: 0, min: 7, max: 7, ...quantiles });
});

test('large numbers close together keep their spread', () => {
  expect(lengthStatistics([1e9, 1e9 + 1, 1e9 + 2]).std).toBeCloseTo(Math.sqrt(2 / 3), 9);
});

test('quantiles ascend, and the order of the numbers does not matter', () => {
  const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
  const property = fc.property(numbers, (values) => {
    const { min, p5, p25, p50, p75, p95, p99, max } = lengthStatistics(values);
    const ascending = [min, p5, p25, p50, p75, p95, p99, max];
    expect(ascending.toSorted((a, b) => a - b)).toEqual(ascending);
    expect(lengthStatistics(values.toReversed())).toEqual(lengthStatistics(values));
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});

test('no numbers, and what is no finite number, are refused', () => {
  expect(() => lengthStatistics([])).toThrow(
    new RangeError('lengthStatistics: lengths must be one finite number or more, got none. Leave such rows out.'),
  );
  expect(() => lengthStatistics([1, NaN])).toThrow('got NaN at place 1');
});
