import { mul, sub } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkFinite, checkPositive } from './checks.ts';
import { logRatioMargin } from './logRatios.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type RewardAwareInputs = PairLogps & {
  /** r*_w, the reward that a judge or a reward model gave the chosen response, shape [B]; no gradient flows into it. */
  chosenGtRewards: Tensor;
  /** r*_l, the reward of the rejected response, shape [B]; no gradient flows into it. */
  rejectedGtRewards: Tensor;
};

export type RewardAwareOptions = {
  /** Strength of the pull to the reference, > 0, per nat; NeMo-Aligner's `ref_policy_kl_penalty`. */
  beta: number;
  /** Scale of the given rewards; 1 (default) as in NeMo-Aligner. */
  gtRewardScale?: number | undefined;
};

/**
 * What the reward-aware losses compare: the policy's implicit and the given difference of rewards.
 *
 * @returns implicit = beta z and given = t = gtRewardScale (r*_w - r*_l), shape [B] each; the caller's tidy frees them
 * @throws {RangeError} under the name of the loss
 */
export function rewardGaps(
  where: string,
  inputs: RewardAwareInputs,
  options: RewardAwareOptions,
): { implicit: Tensor1D; given: Tensor1D } {
  const { beta, gtRewardScale = 1 } = options;
  checkPositive(where, 'beta', beta);
  checkFinite(where, 'gtRewardScale', gtRewardScale);
  const margin = logRatioMargin(where, inputs, ['chosenGtRewards', 'rejectedGtRewards']);
  const gap = stopGradient(sub(inputs.chosenGtRewards, inputs.rejectedGtRewards));
  return { implicit: mul(margin, beta), given: mul(gap, gtRewardScale) };
}

/** t of {@link rewardGaps} for one pair, from plain numbers. */
export function givenGapOf(
  { gtRewardScale = 1 }: RewardAwareOptions,
  { chosenGtRewards, rejectedGtRewards }: RewardAwareLabels,
): number {
  return gtRewardScale * (chosenGtRewards - rejectedGtRewards);
}

export type RewardAwareLabels = { chosenGtRewards: number; rejectedGtRewards: number };
