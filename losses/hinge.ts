import { mul, relu, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logRatioMargin } from './logRatios.ts';
import type { PairLogps } from './types.ts';

export type HingeOptions = {
  /** Inverse of the margin asked for, > 0, per nat: the loss is 0 from z = 1/beta on. */
  beta: number;
};

/**
 * Hinge loss of the difference of log-ratios: SLiC's calibration loss, normalized by the reference.
 *
 *   loss_i = max(0, 1 - beta z_i),   z = log pi(y_w)/pi_ref(y_w) - log pi(y_l)/pi_ref(y_l)
 *
 * At the kink z = 1/beta the gradient is 0.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Liu et al. 2023, arXiv:2309.06657 (`hinge-norm`); huggingface/trl@v0.23.0 `dpo_loss`, "hinge"; golden:
 *   test/golden/losses.json
 */
export function hinge(inputs: PairLogps, options: HingeOptions): Tensor1D {
  return marginHinge('hinge', inputs, options.beta);
}

/** The formula of {@link hinge}, shared with SPIN, which reports faults under its own name. */
export function marginHinge(where: string, inputs: PairLogps, beta: number): Tensor1D {
  checkPositive(where, 'beta', beta);
  return tidy(() => hingeLoss(mul(logRatioMargin(where, inputs), beta)));
}

/** max(0, 1 - m) of a scaled margin. */
export function hingeLoss(margin: Tensor1D): Tensor1D {
  return relu(sub(1, margin));
}

/** Value of {@link hinge} per pair while policy and reference are equal. */
export function hingeStepZero(): number {
  return 1;
}
