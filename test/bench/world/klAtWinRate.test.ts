import { expect, test } from 'vitest';

import { klAtWinRate } from '../../../bench/world/klAtWinRate.ts';

const rounds = [
  { winRate: 0.7, kl: 1 },
  { winRate: 0.8, kl: 3 },
  { winRate: 0.75, kl: 5 },
];

test('between rounds the KL lies on the straight line, the first one begins at the base', () => {
  expect(klAtWinRate(rounds, 0.6)).toBeCloseTo(0.5);
  expect(klAtWinRate(rounds, 0.7)).toBe(1);
  expect(klAtWinRate(rounds, 0.75)).toBeCloseTo(2);
  expect(klAtWinRate(rounds, 0.8)).toBe(3);
});

test('a win rate that no round reaches has no KL, and that of the base has none to pay', () => {
  expect(klAtWinRate(rounds, 0.81)).toBeUndefined();
  expect(klAtWinRate(rounds, 0.5)).toBe(0);
  expect(klAtWinRate([{ winRate: 0.5, kl: 2 }], 0.5)).toBe(0);
});
