import { expect, test } from 'vitest';

import { bestRound, stopReason } from '../../../src/loop/rounds/stopRule.ts';

const rounds = (...rates: (number | undefined)[]) =>
  rates.map((winRate, i) => ({ round: i + 1, winRate, klToBase: i + 1 }));

test('a run goes on until the KL to the base exceeds its budget', () => {
  expect(stopReason(rounds(0.5, 0.6), { klBudget: 2 })).toBeUndefined();
  expect(stopReason(rounds(0.5, 0.6, 0.7), { klBudget: 2 })).toContain('3.00 nats an answer, is above the budget of 2');
});

test('a run stops when the win rate has not risen for as many rounds as its patience', () => {
  expect(stopReason(rounds(0.5, 0.7, 0.6), { patience: 2 })).toBeUndefined();
  expect(stopReason(rounds(0.5, 0.7, 0.6, 0.7), { patience: 2 })).toContain('not risen for 2 rounds');
});

test('the best round has the highest win rate, the first of equal ones; without any it is the last', () => {
  expect(bestRound(rounds(0.5, 0.7, 0.7, undefined)).round).toBe(2);
  expect(bestRound(rounds(undefined, undefined)).round).toBe(2);
});
