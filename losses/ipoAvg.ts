import { square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { averagedMargin } from './averagedMargin.ts';
import { checkPositive } from './checks.ts';
import type { IpoOptions } from './ipoSum.ts';
import type { PairLengths, PairLogps } from './types.ts';

/**
 * IPO on log-probabilities averaged over response tokens: TRL's `ipo`.
 *
 *   loss_i = (lr_w / |y_w| - lr_l / |y_l| - 1/(2 beta))^2,   lr = log pi(y)/pi_ref(y)
 *
 * The paper's equation has sums (`ipo_sum`); its authors told TRL that the paper's numbers came from averages. The target
 * 1/(2 beta) is nats per token here, so beta means something else than in `ipo_sum`.
 *
 * @param inputs  summed log-probabilities, nats, and numbers of response tokens, shape [B] each; gradients reach the
 *   policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], (nats per token)^2; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Azar et al. 2023, arXiv:2310.12036, Eq. (17); huggingface/trl@v0.23.0 `dpo_loss`, "ipo", and huggingface/trl#1265;
 *   golden: test/golden/losses.json
 */
export function ipoAvg(inputs: PairLogps & PairLengths, options: IpoOptions): Tensor1D {
  const { beta } = options;
  checkPositive('ipo_avg', 'beta', beta);
  return tidy(() => square(sub(averagedMargin('ipo_avg', inputs), 1 / (2 * beta))));
}
