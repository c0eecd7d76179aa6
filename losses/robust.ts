import { mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';
import { logRatioMargin } from './logRatios.ts';
import type { PairLogps } from './types.ts';

export type RobustOptions = {
  /** Strength of the pull to the reference, > 0, per nat. */
  beta: number;
  /** Share of labels taken to be flipped, from 0 to below 0.5; 0.1 in the paper. */
  labelSmoothing: number;
};

/**
 * Robust DPO: an unbiased estimate, from labels that are flipped with probability e, of the DPO loss on clean labels.
 *
 *   loss_i = [-(1 - e) log sigmoid(beta z_i) + e log sigmoid(-beta z_i)] / (1 - 2 e)
 *
 * Not bounded below: it falls forever as the margin grows, and may be negative. `cdpo` is the biased, bounded variant.
 * Computed as -log sigmoid(beta z) - beta z e / (1 - 2 e), the same number.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; labelSmoothing from 0 to below 0.5
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Chowdhury et al. 2024, arXiv:2403.00409; huggingface/trl@v0.23.0 `dpo_loss`, "robust"; golden: test/golden/losses.json
 */
export function robust(inputs: PairLogps, options: RobustOptions): Tensor1D {
  const { beta, labelSmoothing } = options;
  checkPositive('robust', 'beta', beta);
  if (!(typeof labelSmoothing === 'number' && labelSmoothing >= 0 && labelSmoothing < 0.5)) {
    throw new RangeError(
      `robust: labelSmoothing must be a number from 0 to below 0.5, got ${String(labelSmoothing)}. ` +
        'Set it to the share of labels you expect to be flipped; at one half labels say nothing.',
    );
  }
  return tidy(() =>
    logisticLoss(mul(logRatioMargin('robust', inputs), beta), -labelSmoothing / (1 - 2 * labelSmoothing)),
  );
}
