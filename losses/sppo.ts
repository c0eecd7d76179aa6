import { add, mul, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logRatios } from './logRatios.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type SppoInputs = PairLogps & {
  /** P(y_w beats pi_t | x), the chosen response's mean win rate, shape [B], in [0, 1]; no gradient flows into it. */
  chosenProbsWin: Tensor;
  /** P(y_l beats pi_t | x), the rejected response's mean win rate, shape [B], in [0, 1]; no gradient flows into it. */
  chosenProbsLose: Tensor;
};

export type SppoOptions = {
  /** 1/eta of the paper, > 0, per nat; 0.001 in the paper's runs. */
  beta: number;
};

/**
 * SPPO: pull the log-ratio of each response toward eta (P(win) - 1/2), with eta = 1/beta.
 *
 *   loss_i = 1/2 [ (lr_w - (p_w - 1/2)/beta)^2 + (lr_l - (p_l - 1/2)/beta)^2 ],   lr = log pi(y)/pi_t(y)
 *
 * The reference is the previous iterate pi_t, which sampled both responses. This is the form of the authors' code; the
 * paper has the two squares without the 1/2.
 *
 * @param inputs  summed log-probabilities and win rates, shape [B] each; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], nats^2, about 1e5 at beta 0.001; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Wu et al. 2024, arXiv:2405.00675, Eq. (4.7); uclaml/SPPO@5e61c4e `sppo_loss`; golden: test/golden/losses.json
 */
export function sppo(inputs: SppoInputs, options: SppoOptions): Tensor1D {
  const { beta } = options;
  checkPositive('sppo', 'beta', beta);
  return tidy(() => {
    const { chosen, rejected } = logRatios('sppo', inputs, ['chosenProbsWin', 'chosenProbsLose']);
    const target = (winRate: Tensor): Tensor => mul(sub(stopGradient(winRate), 0.5), 1 / beta);
    const win = square(sub(chosen, target(inputs.chosenProbsWin)));
    const lose = square(sub(rejected, target(inputs.chosenProbsLose)));
    return mul(add(win, lose), 0.5);
  });
}

/** Value of {@link sppo} for one pair while policy and reference are equal, nats^2. */
export function sppoStepZero(
  { beta }: SppoOptions,
  { chosenProbsWin, chosenProbsLose }: { chosenProbsWin: number; chosenProbsLose: number },
): number {
  return ((chosenProbsWin - 0.5) ** 2 + (chosenProbsLose - 0.5) ** 2) / (2 * beta ** 2);
}
