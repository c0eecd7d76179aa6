import type { Tensor1D } from '@tensorflow/tfjs-core';

import { divergenceLoss, type DivergenceOptions } from './divergenceLoss.ts';
import { logSigmoid } from './logSigmoid.ts';
import type { PairLogps } from './types.ts';

/**
 * f-DPO with the Jensen-Shannon divergence in the place of DPO's reverse KL.
 *
 *   s(lr)  = log sigmoid(lr),   lr = log pi(y)/pi_ref(y)
 *   loss_i = -(1 - e) log sigmoid(beta (s_w - s_l)) - e log sigmoid(-beta (s_w - s_l)),   e = labelSmoothing
 *
 * The score is bounded above: what is already likelier than under the reference gains little by more. `labelSmoothing` acts
 * as in TRL up to 0.28.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; labelSmoothing from 0 to 0.5
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Wang et al. 2023, arXiv:2309.16240; huggingface/trl@v0.23.0 `dpo_loss`, "js_divergence"; golden:
 *   test/golden/losses.json
 */
export function dpoFdivJs(inputs: PairLogps, options: DivergenceOptions): Tensor1D {
  return divergenceLoss('dpo_fdiv_js', inputs, options, logSigmoid);
}
