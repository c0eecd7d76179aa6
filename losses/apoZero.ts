import { add, mul, neg, sigmoid, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logRatios } from './logRatios.ts';
import type { PairLogps } from './types.ts';

export type ApoOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.1 in the paper. */
  beta: number;
};

/**
 * APO-zero: raise the chosen and lower the rejected response, each against its own anchor 0.
 *
 *   loss_i = 1 - sigmoid(beta lr_w) + sigmoid(beta lr_l),   lr = log pi(y)/pi_ref(y)
 *
 * For data whose chosen responses are better than the model's; where they are worse, take `apoDown`.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], from 0 to 2; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see D'Oosterlinck et al. 2024, arXiv:2408.06266, Eq. (7); huggingface/trl@v0.23.0 `dpo_loss`, "apo_zero"; golden:
 *   test/golden/losses.json
 */
export function apoZero(inputs: PairLogps, options: ApoOptions): Tensor1D {
  const { beta } = options;
  checkPositive('apo_zero', 'beta', beta);
  return tidy(() => {
    const { chosen, rejected } = logRatios('apo_zero', inputs);
    return add(sigmoid(neg(mul(chosen, beta))), sigmoid(mul(rejected, beta)));
  });
}

/** Value of {@link apoZero}, and of `apoDown`, per pair while policy and reference are equal. */
export function apoStepZero(): number {
  return 1;
}
