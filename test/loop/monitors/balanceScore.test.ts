import { expect, test } from 'vitest';

import { balanceScore } from '../../../src/loop/monitors/index.ts';

test.each([
  [8, 8, 1],
  [4, 8, 0.25],
  [4, 4, 0.5],
  [16, 16, 1],
  [8, 16, 0.5],
  [0, 5, 0],
  [0, 0, 0],
])('%d right ones of %d selected score %d with n* = 8', (correct, total, expected) => {
  expect(balanceScore([{ correct, total }])).toBe(expected);
});

test('prompts are averaged, and the target can be set', () => {
  const answers = [
    { correct: 4, total: 4 },
    { correct: 2, total: 4 },
  ];
  expect(balanceScore(answers, 4)).toBe((1 + 0.5 * 0.5) / 2);
  expect(balanceScore([])).toBeNaN();
});
