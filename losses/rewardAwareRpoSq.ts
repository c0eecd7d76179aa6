import { square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { givenGapOf, rewardGaps } from './rewardGaps.ts';
import type { RewardAwareInputs, RewardAwareLabels, RewardAwareOptions } from './rewardGaps.ts';

/**
 * Reward-aware preference optimization with the squared distance: the implicit difference of rewards regresses on the given
 * one.
 *
 *   t      = gtRewardScale (r*_w - r*_l)
 *   loss_i = (beta z_i - t_i)^2
 *
 * With t = 1/2 for every pair it is beta^2 times `ipoSum`.
 *
 * @param inputs  summed log-probabilities, nats, and rewards, shape [B] each; gradients reach the policy's only
 * @param options beta > 0; gtRewardScale finite
 * @returns per-pair loss, shape [B], rewards squared; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Nvidia 2024, arXiv:2406.11704; NVIDIA/NeMo-Aligner `loss_func`, "rpo_sq"; golden: test/golden/losses.json
 */
export function rewardAwareRpoSq(inputs: RewardAwareInputs, options: RewardAwareOptions): Tensor1D {
  return tidy(() => {
    const { implicit, given } = rewardGaps('reward_aware_rpo_sq', inputs, options);
    return square(sub(implicit, given));
  });
}

/** Value of {@link rewardAwareRpoSq} for one pair while policy and reference are equal. */
export function rewardAwareRpoSqStepZero(options: RewardAwareOptions, labels: RewardAwareLabels): number {
  return givenGapOf(options, labels) ** 2;
}
