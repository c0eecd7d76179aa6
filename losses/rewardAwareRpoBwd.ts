import { tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { bernoulliKl, logOdds } from './bernoulliKl.ts';
import { logSigmoidOf } from './logSigmoid.ts';
import { givenGapOf, rewardGaps } from './rewardGaps.ts';
import type { RewardAwareInputs, RewardAwareLabels, RewardAwareOptions } from './rewardGaps.ts';

/**
 * Reward-aware preference optimization with NeMo-Aligner's "backward" divergence: KL from the given preference to the
 * policy's.
 *
 *   t      = gtRewardScale (r*_w - r*_l)
 *   loss_i = KL(sigmoid(t_i) || sigmoid(beta z_i)),   least, 0, at beta z_i = t_i
 *
 * The gradient is that of `softCe` with q = sigmoid(t). "RPO" here is not the DPO loss with a negative log-likelihood.
 *
 * @param inputs  summed log-probabilities, nats, and rewards, shape [B] each; gradients reach the policy's only
 * @param options beta > 0; gtRewardScale finite
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Nvidia 2024, arXiv:2406.11704; NVIDIA/NeMo-Aligner `loss_func`, "rpo_bwd_kl"; golden: test/golden/losses.json
 */
export function rewardAwareRpoBwd(inputs: RewardAwareInputs, options: RewardAwareOptions): Tensor1D {
  return tidy(() => {
    const { implicit, given } = rewardGaps('reward_aware_rpo_bwd', inputs, options);
    return bernoulliKl(given, logOdds(implicit));
  });
}

/** Value of {@link rewardAwareRpoBwd} for one pair while policy and reference are equal: ln 2 less the label's entropy. */
export function rewardAwareRpoBwdStepZero(options: RewardAwareOptions, labels: RewardAwareLabels): number {
  const t = givenGapOf(options, labels);
  const [logQ, logNotQ] = [logSigmoidOf(t), logSigmoidOf(-t)];
  return Math.LN2 + Math.exp(logQ) * logQ + Math.exp(logNotQ) * logNotQ;
}
