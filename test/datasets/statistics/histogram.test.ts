import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { histogram } from '../../../datasets/index.ts';

describe('edges read well', () => {
  test.each([
    ['lengths', [3, 14, 15, 92], 10, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], [1, 2, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['few whole numbers', [1, 2, 2, 3], 20, [1, 2, 3, 4], [1, 2, 1]],
    ['shares', [0, 0.29, 0.3, 0.5], 6, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [1, 0, 1, 1, 0, 1]],
    ['margins below zero', [-7.5, -5, 0, 2.5], 4, [-10, -5, 0, 5], [1, 1, 2]],
    ['one number', [512], 8, [512, 513], [1]],
    ['large numbers', [1e9, 3e9], 5, [1e9, 1.5e9, 2e9, 2.5e9, 3e9, 3.5e9], [1, 0, 0, 0, 1]],
  ])('of %s', (_, values, bins, edges, counts) => {
    expect(histogram(values, { bins })).toEqual({ edges, counts });
  });
});

test('each number is counted once, where the edges say, in no more bins than asked for', () => {
  const number = fc.oneof(
    fc.integer({ min: 0, max: 5000 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0.1, 0.2, 0.3, 1e16, 1e16 + 2, 5e-324, Number.MAX_VALUE / 2),
  );
  const property = fc.property(fc.array(number, { minLength: 1 }), fc.integer({ min: 2, max: 40 }), (values, bins) => {
    fc.pre(values.every((value) => Math.abs(value) < 1e300));
    const { edges, counts } = histogram(values, { bins });
    expect(counts.length).toBeLessThanOrEqual(bins);
    expect(edges).toHaveLength(counts.length + 1);
    for (const [at, count] of counts.entries()) {
      expect(values.filter((value) => edges[at]! <= value && value < edges[at + 1]!)).toHaveLength(count);
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
  });
  fc.assert(property, { seed: 1, numRuns: 150 });
});

test('no numbers and a wrong number of bins are refused', () => {
  expect(() => histogram([], { bins: 5 })).toThrow('histogram: values must be one finite number or more, got none.');
  expect(() => histogram([1], { bins: 1 })).toThrow('histogram: bins must be a whole number of at least 2, got 1.');
});
