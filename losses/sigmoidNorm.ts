import { mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { averagedMargin } from './averagedMargin.ts';
import { checkPositive } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';
import type { PairLengths, PairLogps } from './types.ts';

export type SigmoidNormOptions = {
  /** Strength, > 0; 5 in Tulu 3, well above DPO's, because averages are small. */
  beta: number;
};

/**
 * DPO on log-ratios averaged over response tokens: TRL's `sigmoid_norm`.
 *
 *   loss_i = -log sigmoid(beta (lr_w / |y_w| - lr_l / |y_l|)),   lr = log pi(y)/pi_ref(y)
 *
 * @param inputs  summed log-probabilities, nats, and numbers of response tokens, shape [B] each; gradients reach the
 *   policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Lambert et al. 2024, arXiv:2411.15124, Section 4.3; huggingface/trl@f2cd577 `_compute_loss`, "sigmoid_norm"; golden:
 *   test/golden/losses.json
 */
export function sigmoidNorm(inputs: PairLogps & PairLengths, options: SigmoidNormOptions): Tensor1D {
  const { beta } = options;
  checkPositive('sigmoid_norm', 'beta', beta);
  return tidy(() => logisticLoss(mul(averagedMargin('sigmoid_norm', inputs), beta), 0));
}
