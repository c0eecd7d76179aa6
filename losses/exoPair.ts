import { mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { bernoulliKl } from './bernoulliKl.ts';
import { checkPositive } from './checks.ts';
import { logRatioMargin } from './logRatios.ts';
import type { PairLogps } from './types.ts';

export type ExoPairOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.1 in the paper. */
  beta: number;
  /** Probability e of a flipped label, above 0 to 0.5; 1e-3 in the paper. */
  labelSmoothing: number;
};

/**
 * EXO on pairs: match the policy's preference to the smoothed label in reverse KL, where DPO uses forward KL.
 *
 *   q      = sigmoid(beta z)
 *   loss_i = q_i (log q_i - log(1 - e)) + (1 - q_i) (log(1 - q_i) - log e),   least, 0, at q_i = 1 - e
 *
 * e = 0 would put an infinite price on every q < 1. TRL up to 0.28 then took 1e-3 unasked; it refuses since.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; labelSmoothing above 0 to 0.5
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Ji et al. 2024, arXiv:2402.00856, Eq. (16); huggingface/trl@v0.23.0 `dpo_loss`, "exo_pair"; golden:
 *   test/golden/losses.json
 */
export function exoPair(inputs: PairLogps, options: ExoPairOptions): Tensor1D {
  const { beta, labelSmoothing } = options;
  checkPositive('exo_pair', 'beta', beta);
  if (!(typeof labelSmoothing === 'number' && labelSmoothing > 0 && labelSmoothing <= 0.5)) {
    throw new RangeError(
      `exo_pair: labelSmoothing must be a number above 0 to 0.5, got ${String(labelSmoothing)}. Set it to 0.001, as in the paper.`,
    );
  }
  const label = [Math.log1p(-labelSmoothing), Math.log(labelSmoothing)] as const;
  return tidy(() => bernoulliKl(mul(logRatioMargin('exo_pair', inputs), beta), label));
}

/** Value of {@link exoPair} per pair while policy and reference are equal, nats. */
export function exoPairStepZero({ labelSmoothing }: ExoPairOptions): number {
  return -Math.LN2 - (Math.log1p(-labelSmoothing) + Math.log(labelSmoothing)) / 2;
}
