import { setBackend } from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';

import { bestResponseGain } from '../../../bench/games/exploitability.ts';
import { cyclicGame } from '../../../bench/games/matrixGame.ts';
import { OBJECTIVES, type Objective } from '../../../bench/games/objectives.ts';
import { playGame } from '../../../bench/games/playGame.ts';

beforeAll(() => setBackend('cpu'));

const game = cyclicGame();
const objective = (id: string): Objective => OBJECTIVES.find((one) => one.id === id)!;
const largest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

test('SPPO circles the Nash policy of the cyclic game, and its average comes near', () => {
  const { policies, averages, averageGain, rates } = playGame(game, objective('sppo'), {
    rounds: 400,
    step: 0.3,
    tau: 0.1,
  });
  expect(largest(averages.at(-1)!, [0.372, 0.277, 0.352])).toBeLessThan(0.01);
  expect(bestResponseGain(game, averages.at(-1)!)).toBeLessThan(0.01);
  expect(bestResponseGain(game, policies.at(-1)!)).toBeGreaterThan(0.15);
  // Regret of exponential weights with a fixed step: ln(1/least share) / (step rounds) + step / 8.
  averageGain.slice(1).forEach((gain, i) => {
    expect(gain).toBeLessThan(Math.log(10) / (0.3 * (i + 1)) + 0.3 / 8);
  });
  expect(rates.average!.law).toBe('power');
  expect(rates.average!.rate).toBeGreaterThan(0.7);
  expect(rates.average!.explained).toBeGreaterThan(0.8);
});

test('INPO comes to rest at the Nash policy of the regularized cyclic game, as fast as mirror descent does', () => {
  const { policies, regularizedGain, distance, rates } = playGame(game, objective('inpo'), {
    rounds: 500,
    step: 1 / 3,
    tau: 0.1,
  });
  expect(largest(policies.at(-1)!, [0.3794, 0.2835, 0.3371])).toBeLessThan(1e-3);
  expect(distance.at(-1)).toBeLessThan(1e-6);
  expect(regularizedGain!.at(-1)).toBeLessThan(1e-10);
  // The divergence from the solution shrinks by (1 - tau/eta)^2 a round, less what the turning of the game takes back.
  const fastest = -2 * Math.log(1 - 0.1 / 3);
  expect(rates.last).toMatchObject({ law: 'geometric' });
  expect(rates.last!.rate).toBeLessThan(fastest);
  expect(rates.last!.rate).toBeGreaterThan(0.8 * fastest);
  expect(rates.last!.explained).toBeGreaterThan(0.99);
});
