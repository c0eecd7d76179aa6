import type { Tensor1D } from '@tensorflow/tfjs-core';

import { divergenceLoss, type DivergenceOptions } from './divergenceLoss.ts';
import { alphaScore } from './dpoFdivAlpha.ts';
import type { PairLogps } from './types.ts';

/**
 * f-DPO with the forward KL in the place of DPO's reverse KL.
 *
 *   s(lr)  = -exp(-lr),   lr = log pi(y)/pi_ref(y)
 *   loss_i = -(1 - e) log sigmoid(beta (s_w - s_l)) - e log sigmoid(-beta (s_w - s_l)),   e = labelSmoothing
 *
 * The alpha-divergence (`dpoFdivAlpha`) with alpha = 0, and the default of TRL's alpha-divergence up to 0.28. Where
 * lr < -32 the exponential goes on as a straight line, as there; TRL's form from 0.29 on is infinite below -88.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; labelSmoothing from 0 to 0.5
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Wang et al. 2023, arXiv:2309.16240; huggingface/trl@f2cd577 `_compute_loss`, "forward_kl"; golden:
 *   test/golden/losses.json
 */
export function dpoFdivForwardKl(inputs: PairLogps, options: DivergenceOptions): Tensor1D {
  return divergenceLoss('dpo_fdiv_forward_kl', inputs, options, (logRatio) => alphaScore(logRatio, -1));
}
