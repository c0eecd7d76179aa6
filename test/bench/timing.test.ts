import { expect, test } from 'vitest';

import { median, peakRssMB, summarize } from '../../bench/timing.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 10, 2])).toBe(3);
});

test('the first run counts as compilation only', () => {
  expect(summarize([9, 2, 1, 3])).toEqual({ compileSeconds: 7, stepSecondsMedian: 2, stepSecondsRange: [1, 3] });
});

test('a run of several steps is divided by them, the compilation is not', () => {
  const timing = summarize([9, 2, 1, 3], 10);
  expect(timing).toEqual({ compileSeconds: 7, stepSecondsMedian: 0.2, stepSecondsRange: [0.1, 0.3] });
});

test('a first run faster than the others leaves no negative compilation', () => {
  expect(summarize([1, 2]).compileSeconds).toBe(0);
});

test('one run alone cannot be summarized', () => {
  expect(() => summarize([1])).toThrow(new RangeError('summarize: expected two runs or more, got 1.'));
});

test('the peak memory is that of the process', () => {
  const now = process.memoryUsage().rss / 1e6;
  expect(peakRssMB()).toBeGreaterThan(0.9 * now);
  expect(peakRssMB()).toBeLessThan(100 * now);
});
