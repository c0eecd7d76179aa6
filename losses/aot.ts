import { mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { ascending } from './ascending.ts';
import { checkLabelSmoothing, checkPositive, checkShapes } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type AotOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.01 in the paper. */
  beta: number;
  /** Share of labels taken to be flipped, 0 (default) to 0.5. */
  labelSmoothing?: number | undefined;
};

/**
 * AOT for pairs: the distribution of the policy's margins should dominate that of the reference's, quantile by quantile.
 *
 *   delta  = sort(log pi(y_w) - log pi(y_l)) - sort(log pi_ref(y_w) - log pi_ref(y_l)),   each over the batch, ascending
 *   loss_i = -(1 - e) log sigmoid(beta delta_i) - e log sigmoid(-beta delta_i),   e = labelSmoothing
 *
 * TRL's `aot`. Values stand in the order of the quantiles, not of the pairs, and each depends on the whole batch: larger
 * batches sort better. `aotUnpaired` is what TRL up to 0.28 called `aot_pair`.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; labelSmoothing from 0 to 0.5
 * @returns loss per quantile, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Melnyk et al. 2024, arXiv:2406.05882; huggingface/trl@v0.23.0 `dpo_loss`, "aot"; golden: test/golden/losses.json
 */
export function aot(inputs: PairLogps, options: AotOptions): Tensor1D {
  const { beta, labelSmoothing = 0 } = options;
  checkPositive('aot', 'beta', beta);
  checkLabelSmoothing('aot', labelSmoothing);
  checkShapes('aot', inputs, ['policyChosenLogps', 'policyRejectedLogps', 'refChosenLogps', 'refRejectedLogps']);
  return tidy(() => {
    const policy = ascending(sub(inputs.policyChosenLogps, inputs.policyRejectedLogps));
    const reference = ascending(sub(stopGradient(inputs.refChosenLogps), stopGradient(inputs.refRejectedLogps)));
    return logisticLoss(mul(sub(policy, reference), beta), labelSmoothing);
  });
}
