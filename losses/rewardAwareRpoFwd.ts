import { tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { bernoulliKl, logOdds } from './bernoulliKl.ts';
import { logSigmoidOf } from './logSigmoid.ts';
import { givenGapOf, rewardGaps } from './rewardGaps.ts';
import type { RewardAwareInputs, RewardAwareLabels, RewardAwareOptions } from './rewardGaps.ts';

/**
 * Reward-aware preference optimization with NeMo-Aligner's "forward" divergence: KL from the policy's preference to the
 * given one.
 *
 *   t      = gtRewardScale (r*_w - r*_l)
 *   loss_i = KL(sigmoid(beta z_i) || sigmoid(t_i)),   least, 0, at beta z_i = t_i
 *
 * `exoPair` is this with the same t = log((1 - e)/e) for every pair.
 *
 * @param inputs  summed log-probabilities, nats, and rewards, shape [B] each; gradients reach the policy's only
 * @param options beta > 0; gtRewardScale finite
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Nvidia 2024, arXiv:2406.11704; NVIDIA/NeMo-Aligner `loss_func`, "rpo_fwd_kl"; golden: test/golden/losses.json
 */
export function rewardAwareRpoFwd(inputs: RewardAwareInputs, options: RewardAwareOptions): Tensor1D {
  return tidy(() => {
    const { implicit, given } = rewardGaps('reward_aware_rpo_fwd', inputs, options);
    return bernoulliKl(implicit, logOdds(given));
  });
}

/** Value of {@link rewardAwareRpoFwd} for one pair while policy and reference are equal, nats. */
export function rewardAwareRpoFwdStepZero(options: RewardAwareOptions, labels: RewardAwareLabels): number {
  const t = givenGapOf(options, labels);
  return -Math.LN2 - (logSigmoidOf(t) + logSigmoidOf(-t)) / 2;
}
