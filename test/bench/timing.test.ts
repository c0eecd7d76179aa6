import { expect, test } from 'vitest';

import { median, peakRssMB, summarize } from '../../bench/timing.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 10, 2])).toBe(3);
});

test('the first runs count as compilation only', () => {
  expect(summarize({ warmUp: [9, 5], steady: [2, 1, 3] })).toEqual({
    compileSeconds: 10,
    stepSecondsMedian: 2,
    stepSecondsRange: [1, 3],
    spread: 0.5,
  });
});

test('a run of several steps is divided by them, compilation and spread are not', () => {
  expect(summarize({ warmUp: [9], steady: [2, 1, 3] }, 10)).toEqual({
    compileSeconds: 7,
    stepSecondsMedian: 0.2,
    stepSecondsRange: [0.1, 0.3],
    spread: 0.5,
  });
});

test('a first run faster than the others leaves no negative compilation', () => {
  expect(summarize({ warmUp: [1], steady: [2] })).toMatchObject({ compileSeconds: 0, spread: 0 });
});

test('a first run alone cannot be summarized', () => {
  expect(() => summarize({ warmUp: [1], steady: [] })).toThrow(
    new RangeError('summarize: expected at least one run that counts, got none.'),
  );
});

test('the peak memory is that of the process', () => {
  const now = process.memoryUsage().rss / 1e6;
  expect(peakRssMB()).toBeGreaterThan(0.9 * now);
  expect(peakRssMB()).toBeLessThan(100 * now);
});
