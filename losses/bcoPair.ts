import { add, mul, neg, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkFinite, checkPositive } from './checks.ts';
import { logRatios } from './logRatios.ts';
import { logSigmoid, logSigmoidOf } from './logSigmoid.ts';
import type { PairLogps } from './types.ts';

export type BcoPairOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.01 in the paper. */
  beta: number;
  /** The reward that divides good from bad, a constant; 0 (default) as in TRL from 0.29 on. */
  delta?: number | undefined;
};

/**
 * BCO on pairs: a binary classifier of good and bad responses, whose logit is the reward less a threshold.
 *
 *   loss_i = -log sigmoid(r_w - delta) - log sigmoid(-(r_l - delta)),   r = beta log pi(y)/pi_ref(y)
 *
 * Here delta is a constant. The paper's, and TRL's up to 0.28, is a running mean of the rewards: `bcoPairRunning`.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; delta finite
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Jung et al. 2024, arXiv:2404.04656; huggingface/trl@f2cd577 `_compute_loss`, "bco_pair"; golden:
 *   test/golden/losses.json
 */
export function bcoPair(inputs: PairLogps, options: BcoPairOptions): Tensor1D {
  const { beta, delta = 0 } = options;
  checkPositive('bco_pair', 'beta', beta);
  checkFinite('bco_pair', 'delta', delta);
  return tidy(() => {
    const { chosen, rejected } = logRatios('bco_pair', inputs);
    return classifierLoss(mul(chosen, beta), mul(rejected, beta), delta);
  });
}

/** The formula of {@link bcoPair}, from rewards and a threshold, with temporary tensors left to the caller's tidy. */
export function classifierLoss(win: Tensor1D, lose: Tensor1D, delta: number | Tensor): Tensor1D {
  return neg(add(logSigmoid(sub(win, delta)), logSigmoid(sub(delta, lose)))) as Tensor1D;
}

/** Value of {@link bcoPair} per pair while policy and reference are equal, nats: 2 ln 2 at delta 0. */
export function bcoPairStepZero({ delta = 0 }: BcoPairOptions): number {
  return -logSigmoidOf(delta) - logSigmoidOf(-delta);
}
