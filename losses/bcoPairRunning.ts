import { add, mean, mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { classifierLoss, type BcoPairOptions } from './bcoPair.ts';
import { checkPositive, checkShapes } from './checks.ts';
import { logRatios } from './logRatios.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type BcoPairRunningInputs = PairLogps & {
  /** Mean reward of the batches so far, shape []; any number while `batchShare` is 1. */
  delta: Tensor;
  /** Weight of this batch in the new mean, shape []: 1/n for the n-th batch, a constant for an exponential average. */
  batchShare: Tensor;
};

/**
 * BCO on pairs with a running threshold, which moves with the rewards of the batch: TRL's `bco_pair` up to 0.28.
 *
 *   loss_i = -log sigmoid(r_w - d) - log sigmoid(-(r_l - d)),   r = beta log pi(y)/pi_ref(y)
 *   d      = delta + s (mean of r_w and r_l over the batch - delta),   s = batchShare, a constant in the gradient
 *
 * Stateless: the trainer keeps the mean, which is d, from step to step; it can take the batch's part of it from the metrics
 * `rewards/chosen` and `rewards/rejected`. Both are tensors, because a number would be compiled in.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats, and the mean so far; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], nats, each depending on the whole batch; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Jung et al. 2024, arXiv:2404.04656; huggingface/trl@v0.23.0 `dpo_loss`, "bco_pair"
 */
export function bcoPairRunning(inputs: BcoPairRunningInputs, options: Pick<BcoPairOptions, 'beta'>): Tensor1D {
  const { beta } = options;
  checkPositive('bco_pair_running', 'beta', beta);
  checkShapes('bco_pair_running', inputs, ['delta', 'batchShare'], []);
  return tidy(() => {
    const { chosen, rejected } = logRatios('bco_pair_running', inputs);
    const [win, lose] = [mul<Tensor1D>(chosen, beta), mul<Tensor1D>(rejected, beta)];
    const [delta, share] = [stopGradient(inputs.delta), stopGradient(inputs.batchShare)];
    const batchMean = stopGradient(mul(add(mean(win), mean(lose)), 0.5));
    return classifierLoss(win, lose, add(delta, mul(share, sub(batchMean, delta))));
  });
}
