import { expect, test } from 'vitest';

import { barChart } from '../../../src/cli/drawing/barChart.ts';

const BARS = [
  { label: '0-9', count: 8 },
  { label: '10-19', count: 3 },
  { label: '20-29', count: 0 },
  { label: '30-39', count: 1 },
];

test('bars are drawn by eighths of a column, the longest as wide as the terminal leaves', () => {
  expect(barChart(BARS, { width: 20, plain: false })).toBe(
    ['  0-9  8  ██████████', '10-19  3  ███▊', '20-29  0', '30-39  1  █▎'].join('\n'),
  );
});

test('a plain chart has ASCII alone', () => {
  expect(barChart(BARS, { width: 20, plain: true })).toBe(
    ['  0-9  8  ##########', '10-19  3  ####', '20-29  0', '30-39  1  #'].join('\n'),
  );
});

test('a small count can still be seen, and counts of nothing but 0 draw no bar', () => {
  const [large, small] = barChart(
    [
      { label: 'a', count: 100_000 },
      { label: 'b', count: 1 },
    ],
    { width: 30, plain: false },
  ).split('\n');
  expect(small).toBe('b       1  ▏');
  expect(large!.length).toBeLessThanOrEqual(30);
  expect(barChart([{ label: 'a', count: 0 }], { width: 30, plain: true })).toBe('a  0');
});

test('a terminal narrower than the labels still gets a column of bars', () => {
  expect(barChart(BARS, { width: 3, plain: true }).split('\n')[0]).toBe('  0-9  8  #');
});
