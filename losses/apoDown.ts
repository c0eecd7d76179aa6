import { add, mul, neg, sigmoid, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import type { ApoOptions } from './apoZero.ts';
import { checkPositive } from './checks.ts';
import { logRatios } from './logRatios.ts';
import type { PairLogps } from './types.ts';

/**
 * APO-down: lower both responses, the rejected one more.
 *
 *   loss_i = sigmoid(beta lr_w) + 1 - sigmoid(beta (lr_w - lr_l)),   lr = log pi(y)/pi_ref(y)
 *
 * For data whose chosen responses are worse than the model's; where they are better, take `apoZero`.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], from 0 to 2; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see D'Oosterlinck et al. 2024, arXiv:2408.06266, Eq. (8); huggingface/trl@v0.23.0 `dpo_loss`, "apo_down"; golden:
 *   test/golden/losses.json
 */
export function apoDown(inputs: PairLogps, options: ApoOptions): Tensor1D {
  const { beta } = options;
  checkPositive('apo_down', 'beta', beta);
  return tidy(() => {
    const { chosen, rejected } = logRatios('apo_down', inputs);
    return add(sigmoid(mul(chosen, beta)), sigmoid(neg(mul(sub(chosen, rejected), beta))));
  });
}
