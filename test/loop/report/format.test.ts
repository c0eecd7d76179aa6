import { expect, test } from 'vitest';

import { formatInterval, formatNumber, formatPercent } from '../../../src/loop/report/format.ts';

test.each([
  [0, '0'],
  [Math.LN2, '0.693'],
  [-12.345, '-12.3'],
  [999, '999'],
  [1250, '1,250'],
  [-247778.4, '-247,778'],
  [1_234_567, '1.23e6'],
  [2e9, '2e9'],
  [0.001, '0.001'],
  [2.5e-6, '2.5e-6'],
  [1e-10, '1e-10'],
  [undefined, '–'],
  [NaN, '–'],
  [Infinity, '–'],
])('the number %d reads %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test('shares read as percentages, intervals with their ends', () => {
  expect([formatPercent(0.625), formatPercent(1), formatPercent(undefined), formatPercent(NaN)]).toEqual([
    '62.5%',
    '100.0%',
    '–',
    '–',
  ]);
  expect(formatInterval({ mean: 0.625, low: 0.5712, high: 0.6761 })).toBe('62.5% (57.1 to 67.6)');
  expect(formatInterval(undefined)).toBe('–');
});
