import * as tf from '@tensorflow/tfjs-core';

import { LOSSES } from '../../losses/index.ts';
import { winRates, type MatrixGame } from './matrixGame.ts';
import { minimizePairLoss, type WeightedPairs } from './minimizePairLoss.ts';
import { softmax } from './nash.ts';

export interface ObjectiveSettings {
  /** eta of SPPO and Nash-MD, how far a round goes; 1/eta of INPO. */
  step: number;
  /** Strength of the pull to the reference, for objectives that have one. */
  tau: number;
}

/** A way to make the next policy of a game from the present one, through a loss of the registry. */
export interface Objective {
  id: string;
  /** What it does in a round, in one line. */
  summary: string;
  /** Whether it is held to the reference, so that it aims at the regularized Nash policy. */
  regularized: boolean;
  next(game: MatrixGame, logps: readonly number[], settings: ObjectiveSettings): number[];
}

/** All objectives that define a next policy from the present one and a preference. SPIN is none: it aims at given answers. */
export const OBJECTIVES = [
  {
    id: 'sppo',
    summary: 'least squares to the win rates; the reference is the previous policy',
    regularized: false,
    next: (game, logps, { step }) =>
      minimizePairLoss({ loss: LOSSES.sppo, options: { beta: 1 / step } }, sampledPairs(game, logps), logps),
  },
  {
    id: 'spo',
    summary: 'natural policy gradient with win rates as rewards',
    regularized: false,
    next: (game, logps, { step }) => {
      const advantages = winRates(game, logps.map(Math.exp)).map((rate) => rate - 0.5);
      return natural(logps, step, (policyTokenLogps) =>
        LOSSES.policy_gradient.fn({ policyTokenLogps, advantages: tf.tensor1d(advantages) }, {}),
      );
    },
  },
  {
    id: 'dpo',
    summary: 'iterative DPO on labels drawn by the preference; the reference is the previous policy',
    regularized: false,
    // To first order its step is that of SPPO: logit(p) = 4 (p - 1/2) + ...
    next: (game, logps, { step }) =>
      minimizePairLoss({ loss: LOSSES.dpo, options: { beta: 4 / step } }, labelledPairs(game, logps), logps),
  },
  {
    id: 'ipo',
    summary: 'iterative IPO on labels drawn by the preference; the reference is the previous policy',
    regularized: false,
    next: (game, logps, { step }) =>
      minimizePairLoss({ loss: LOSSES.ipo_sum, options: { beta: 1 / step } }, labelledPairs(game, logps), logps),
  },
  {
    id: 'inpo',
    summary: 'as iterative IPO, and held to the reference',
    regularized: true,
    next: (game, logps, { step, tau }) =>
      minimizePairLoss(
        { loss: LOSSES.inpo, options: { eta: 1 / step, tau } },
        labelledPairs(game, logps, game.reference.map(Math.log)),
        logps,
      ),
  },
  {
    id: 'nash-md',
    summary: 'natural policy gradient against the mixture with the reference',
    regularized: true,
    next: (game, logps, { step, tau }) => {
      const reference = game.reference.map(Math.log);
      const share = step * tau;
      const opponent = softmax(logps.map((logp, i) => (1 - share) * logp + share * reference[i]!));
      const winProbability = tf.tensor1d(winRates(game, opponent));
      const refTokenLogps = tf.tensor2d(reference, [reference.length, 1]);
      return natural(logps, step, (policyTokenLogps) =>
        LOSSES.nash_md_paper.fn({ policyTokenLogps, refTokenLogps, winProbability }, { beta: tau }),
      );
    },
  },
] as const satisfies readonly Objective[];

/** Two answers of the present policy, and how often each wins against it. */
function sampledPairs(game: MatrixGame, logps: readonly number[]): WeightedPairs {
  const policy = logps.map(Math.exp);
  const rates = winRates(game, policy);
  const pairs = pairsOf((i, j) => policy[i]! * policy[j]!, logps, logps);
  const labels = { chosenProbsWin: ofActions(rates, pairs.chosen), chosenProbsLose: ofActions(rates, pairs.rejected) };
  return { ...pairs, inputs: { ...pairs.inputs, ...labels } };
}

/** Two different answers of the present policy, the winner first: each order as often as the preference says. */
function labelledPairs(game: MatrixGame, logps: readonly number[], reference = logps): WeightedPairs {
  const policy = logps.map(Math.exp);
  const weightOf = (i: number, j: number): number => (i === j ? 0 : policy[i]! * policy[j]! * game.preference[i]![j]!);
  return pairsOf(weightOf, logps, reference);
}

/** @param reference log-probabilities that the loss is held to, beside the last policy's */
function pairsOf(
  weightOf: (chosen: number, rejected: number) => number,
  last: readonly number[],
  reference: readonly number[],
): WeightedPairs {
  const actions = [...last.keys()];
  const pairs = actions.flatMap((i) => actions.map((j) => ({ i, j, weight: weightOf(i, j) })));
  const possible = pairs.filter(({ weight }) => weight > 0);
  const total = possible.reduce((sum, { weight }) => sum + weight, 0);
  const [chosen, rejected] = [possible.map(({ i }) => i), possible.map(({ j }) => j)];
  return {
    chosen,
    rejected,
    weights: possible.map(({ weight }) => weight / total),
    inputs: {
      refChosenLogps: ofActions(reference, chosen),
      refRejectedLogps: ofActions(reference, rejected),
      lastChosenLogps: ofActions(last, chosen),
      lastRejectedLogps: ofActions(last, rejected),
    },
  };
}

function ofActions(values: readonly number[], actions: readonly number[]): Float32Array {
  return Float32Array.from(actions, (action) => values[action]!);
}

/**
 * One natural gradient step on a loss of single answers. For a table of logits the natural gradient of an expectation is
 * the derivative of the loss of each answer by its own log-probability: the probability cancels.
 */
function natural(logps: readonly number[], step: number, loss: (policyTokenLogps: tf.Tensor2D) => tf.Tensor): number[] {
  const gradient = tf.tidy(() =>
    tf
      .grad((x) => tf.sum(loss(x as tf.Tensor2D)))(tf.tensor2d([...logps], [logps.length, 1]))
      .dataSync(),
  );
  return softmax(logps.map((logp, i) => logp - step * gradient[i]!)).map(Math.log);
}
