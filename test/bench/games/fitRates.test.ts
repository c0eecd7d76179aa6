import { expect, test } from 'vitest';

import { fitGeometric, fitPower } from '../../../bench/games/fitRates.ts';

const rounds = Array.from({ length: 200 }, (_, round) => round);

test('a power is found, also under swings', () => {
  expect(fitPower(rounds.map((round) => (round + 1e-9) ** -0.5))!.rate).toBeCloseTo(0.5, 2);
  const swinging = fitPower(rounds.map((round) => (2 + Math.cos(round)) / (round + 1)))!;
  expect(swinging.rate).toBeGreaterThan(0.9);
  expect(swinging.rate).toBeLessThan(1.15);
});

test('a geometric rate is found over the rounds before rounding takes over', () => {
  const fitted = fitGeometric(rounds.map((round) => Math.max(0.8 ** round, 1e-14)))!;
  expect(fitted.rate).toBeCloseTo(-Math.log(0.8), 9);
  expect(fitted.explained).toBeCloseTo(1, 9);
});

test('a level that is not 0 does not hide the rate before', () => {
  const fitted = fitGeometric(rounds.map((round) => 0.8 ** round + 1e-4))!;
  expect(fitted.rate).toBeCloseTo(-Math.log(0.8), 1);
});

test('too few rounds, values of 0 and values that do not fall have no rate', () => {
  expect(fitGeometric(rounds.map((round) => 1.1 ** round))).toBeNull();
  expect(fitGeometric([1, 0.5])).toBeNull();
  expect(fitPower(rounds.map(() => 0))).toBeNull();
});
