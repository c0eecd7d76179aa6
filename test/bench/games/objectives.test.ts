import { setBackend } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';

import {
  cyclicGame,
  randomGame,
  rockPaperScissors,
  winRates,
  type MatrixGame,
} from '../../../bench/games/matrixGame.ts';
import { regularizedNash, softmax } from '../../../bench/games/nash.ts';
import { OBJECTIVES } from '../../../bench/games/objectives.ts';

beforeAll(() => setBackend('cpu'));

const [STEP, TAU] = [0.3, 0.2];
const GAMES = [cyclicGame(), rockPaperScissors(), randomGame(6, 2)];
const policyOf = (game: MatrixGame): number[] =>
  softmax(game.start.map((share, i) => Math.log(share) + Math.sin(i + 1)));

function nextOf(id: string, game: MatrixGame, policy: readonly number[]): number[] {
  const { next } = OBJECTIVES.find((one) => one.id === id)!;
  return next(game, policy.map(Math.log), { step: STEP, tau: TAU }).map(Math.exp);
}

function expectClose(found: readonly number[], expected: readonly number[], tolerance: number): void {
  found.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(tolerance));
}

/** Policy of exponential weights: pi^{1 - share} ref^share e^{step P opponent}. */
function mirrorStep(game: MatrixGame, policy: readonly number[], opponent: readonly number[], share: number): number[] {
  const rates = winRates(game, opponent);
  return softmax(
    policy.map((value, i) => (1 - share) * Math.log(value) + share * Math.log(game.reference[i]!) + STEP * rates[i]!),
  );
}

describe.each(GAMES)('$name', (game) => {
  const policy = policyOf(game);

  test('the least INPO loss is one step of mirror descent toward the reference', () => {
    expectClose(nextOf('inpo', game, policy), mirrorStep(game, policy, policy, STEP * TAU), 2e-6);
  });

  test('the least IPO loss, and the gradient step of SPO, are exponential weights', () => {
    const expected = mirrorStep(game, policy, policy, 0);
    expectClose(nextOf('ipo', game, policy), expected, 2e-6);
    expectClose(nextOf('spo', game, policy), expected, 2e-6);
  });

  test('the least SPPO loss solves its own equation, and is exponential weights but for the second order', () => {
    const next = nextOf('sppo', game, policy);
    // log(pi/pi_t) - step (P pi_t - 1/2) = c pi/pi_t: the constant 1/2 of the loss normalizes to first order only.
    const rates = winRates(game, policy);
    const left = next.map((value, i) => {
      const ratio = value / policy[i]!;
      return (Math.log(ratio) - STEP * (rates[i]! - 0.5)) / ratio;
    });
    left.forEach((value) => expect(Math.abs(value - left[0]!)).toBeLessThan(5e-6));
    expectClose(next, mirrorStep(game, policy, policy, 0), STEP ** 2 / 10);
  });

  test('the gradient step of Nash-MD is mirror descent against the mixture', () => {
    const share = STEP * TAU;
    const opponent = softmax(
      policy.map((value, i) => (1 - share) * Math.log(value) + share * Math.log(game.reference[i]!)),
    );
    expectClose(nextOf('nash-md', game, policy), mirrorStep(game, policy, opponent, share), 2e-6);
  });

  test('at the least DPO loss no log-probability pulls', () => {
    const next = nextOf('dpo', game, policy);
    const beta = 4 / STEP;
    const ratio = next.map((value, i) => Math.log(value / policy[i]!));
    // Sum over j of pi_i pi_j (P_ij - sigmoid(beta (r_i - r_j))).
    next.forEach((_, i) => {
      const pull = policy.reduce((sum, other, j) => {
        const wins = 1 / (1 + Math.exp(-beta * (ratio[i]! - ratio[j]!)));
        return sum + policy[i]! * other * (game.preference[i]![j]! - wins);
      }, 0);
      expect(Math.abs(pull)).toBeLessThan(1e-5);
    });
  });

  test('the regularized Nash policy is where INPO stays, and Nash-MD nearly', () => {
    const nash = regularizedNash(game, TAU);
    expectClose(nextOf('inpo', game, nash), nash, 2e-6);
    expectClose(nextOf('nash-md', game, nash), nash, STEP * TAU * 0.1);
  });
});
