import { expect, test } from 'vitest';

import { bestResponseGain, regularizedGain } from '../../../bench/games/exploitability.ts';
import { cyclicGame, randomGame, rockPaperScissors, winRates } from '../../../bench/games/matrixGame.ts';
import { nashPolicy, regularizedNash, softmax } from '../../../bench/games/nash.ts';

const near = (a: readonly number[], b: readonly number[]): void =>
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 6));

test('the Nash policies of known games', () => {
  near(nashPolicy(cyclicGame()), [4 / 11, 3 / 11, 4 / 11]);
  near(nashPolicy(rockPaperScissors()), [1 / 3, 1 / 3, 1 / 3]);
});

test('the regularized Nash policy of the cyclic game is the published one', () => {
  near(regularizedNash(cyclicGame(), 0.1), [0.3794, 0.283464157, 0.337135843]);
});

test('random games have no action that beats all, and no reply gains on their Nash policy', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const game = randomGame(7, seed);
    expect(randomGame(7, seed)).toEqual(game);
    for (const [i, row] of game.preference.entries()) {
      row.forEach((wins, j) => expect(wins + game.preference[j]![i]!).toBeCloseTo(1, 12));
      expect(row.some((wins, j) => i !== j && wins <= 0.5)).toBe(true);
    }
    const nash = nashPolicy(game);
    expect(nash.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(bestResponseGain(game, nash)).toBeLessThan(1e-9);
    const regularized = regularizedNash(game, 0.05);
    expect(regularizedGain(game, regularized, 0.05)).toBeLessThan(1e-12);
  }
});

test('the gains of replies follow from their definitions', () => {
  const game = rockPaperScissors();
  expect(bestResponseGain(game, [1, 0, 0])).toBe(0.5);
  expect(bestResponseGain(game, [1 / 3, 1 / 3, 1 / 3])).toBeCloseTo(0, 12);
  const [policy, tau] = [[0.2, 0.5, 0.3], 0.3];
  const rates = winRates(game, policy);
  const value = (reply: readonly number[]): number =>
    reply.reduce((sum, share, i) => sum + share * (rates[i]! - tau * Math.log(share / game.reference[i]!)), 0);
  const best = softmax(rates.map((rate, i) => Math.log(game.reference[i]!) + rate / tau));
  expect(regularizedGain(game, policy, tau)).toBeCloseTo(value(best) - value(policy), 12);
  expect(value([0.3, 0.3, 0.4])).toBeLessThan(value(best));
});

test('a game with too many actions is refused', () => {
  expect(() => nashPolicy(randomGame(13, 1))).toThrow('nashPolicy: expected at most 12 actions, got 13.');
});
