import { expect, test } from 'vitest';

import { iterateMatrix } from '../../../src/loop/monitors/index.ts';

const ROWS = [
  { round: 1, stage: 'iterates', values: { 0: 0.7, '0/low': 0.6, '0/high': 0.8 } },
  { round: 2, stage: 'iterates', values: { 0: 0.75, 1: 0.52, '1/low': 0.4, '1/high': 0.6 } },
  { round: 2, stage: 'evaluation', values: { 0: 0.1 } },
];

test('rows of win rates over earlier iterates make both halves of the matrix', () => {
  const matrix = iterateMatrix(ROWS)!;
  expect(matrix[1]).toEqual([0.7, 0.5, 0.48]);
  expect(matrix[2]).toEqual([0.75, 0.52, 0.5]);
  expect(matrix[0]![1]).toBeCloseTo(0.3, 12);
});

test('what chance may have decided is left out on request', () => {
  expect(iterateMatrix(ROWS, { onlyCertain: true })![2]).toEqual([0.75, null, 0.5]);
});

test('a log without such rows has no matrix', () => {
  expect(iterateMatrix(ROWS.slice(2))).toBeUndefined();
});
