import { mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';
import { logRatioMargin } from './logRatios.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type SoftCeInputs = PairLogps & {
  /** q, the probability that the chosen response is the better one, shape [B], in [0, 1]; no gradient flows into it. */
  softLabels: Tensor;
};

export type SoftCeOptions = {
  /** Strength of the pull to the reference, > 0, per nat; DNO's eta. */
  beta: number;
};

/**
 * Cross-entropy between a soft label and the policy's preference: DPO with a probability for each pair.
 *
 *   loss_i = -q_i log sigmoid(beta z_i) - (1 - q_i) log sigmoid(-beta z_i),   least at sigmoid(beta z_i) = q_i
 *
 * This is DNO's objective with q = sigmoid(r_t(y_w) - r_t(y_l)), where r_t(y) is the mean win rate of y against the previous
 * iterate, which is also the reference. q = 1 is DPO, q = 1 - e is cDPO. With q = sigmoid(t) it has the gradient of
 * `rewardAwareRpoBwd`, from which it differs by the entropy of the labels.
 *
 * @param inputs  summed log-probabilities and labels, shape [B] each; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Rosset et al. 2024, arXiv:2404.03715, Eq. (8); golden: test/golden/losses.json
 */
export function softCe(inputs: SoftCeInputs, options: SoftCeOptions): Tensor1D {
  const { beta } = options;
  checkPositive('soft_ce', 'beta', beta);
  return tidy(() => {
    const margin = logRatioMargin('soft_ce', inputs, ['softLabels']);
    return logisticLoss(mul(margin, beta), sub(1, stopGradient(inputs.softLabels)));
  });
}
