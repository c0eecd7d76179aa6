import { mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import type { AotOptions } from './aot.ts';
import { ascending } from './ascending.ts';
import { checkLabelSmoothing, checkPositive } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';
import { logRatios } from './logRatios.ts';
import type { PairLogps } from './types.ts';

/**
 * AOT without pairs: the log-ratios of the chosen responses should dominate those of the rejected, quantile by quantile.
 *
 *   delta  = sort(lr_w) - sort(lr_l),   lr = log pi(y)/pi_ref(y), each sorted over the batch, ascending
 *   loss_i = -(1 - e) log sigmoid(beta delta_i) - e log sigmoid(-beta delta_i),   e = labelSmoothing
 *
 * TRL's `aot_unpaired`, up to 0.28 under the misleading name `aot_pair`. Which rejected response belongs to which chosen one
 * does not matter. Values stand in the order of the quantiles, and each depends on the whole batch.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; labelSmoothing from 0 to 0.5
 * @returns loss per quantile, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Melnyk et al. 2024, arXiv:2406.05882; huggingface/trl@v0.23.0 `dpo_loss`, "aot_pair"; golden:
 *   test/golden/losses.json
 */
export function aotUnpaired(inputs: PairLogps, options: AotOptions): Tensor1D {
  const { beta, labelSmoothing = 0 } = options;
  checkPositive('aot_unpaired', 'beta', beta);
  checkLabelSmoothing('aot_unpaired', labelSmoothing);
  return tidy(() => {
    const { chosen, rejected } = logRatios('aot_unpaired', inputs);
    return logisticLoss(mul(sub(ascending(chosen), ascending(rejected)), beta), labelSmoothing);
  });
}
