import { mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkLabelSmoothing, checkPositive } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';
import { logRatioMargin } from './logRatios.ts';
import type { PairLogps } from './types.ts';

export type DpoOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.1 in the paper. */
  beta: number;
  /** Share of labels taken to be flipped, 0 (default) to 0.5. Above 0 this is cDPO. */
  labelSmoothing?: number | undefined;
};

/**
 * DPO: logistic regression of the preference on the difference of log-ratios.
 *
 *   z      = log pi(y_w)/pi_ref(y_w) - log pi(y_l)/pi_ref(y_l)
 *   loss_i = -(1 - e) log sigmoid(beta z_i) - e log sigmoid(-beta z_i),   e = labelSmoothing
 *
 * `labelSmoothing` acts as in TRL up to 0.28; TRL from 0.29 on ignores it in its `sigmoid` loss.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; labelSmoothing from 0 to 0.5
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Rafailov et al. 2023, arXiv:2305.18290, Eq. (7); golden: test/golden/losses.json
 * @example
 * const loss = tf.mean(dpo({ policyChosenLogps, policyRejectedLogps, refChosenLogps, refRejectedLogps }, { beta: 0.1 }));
 */
export function dpo(inputs: PairLogps, options: DpoOptions): Tensor1D {
  return smoothedDpo('dpo', inputs, options.beta, options.labelSmoothing ?? 0);
}

/** The formula of {@link dpo}, shared with the losses that are DPO under another name, for their messages. */
export function smoothedDpo(where: string, inputs: PairLogps, beta: number, labelSmoothing: number): Tensor1D {
  checkPositive(where, 'beta', beta);
  checkLabelSmoothing(where, labelSmoothing);
  return tidy(() => logisticLoss(mul(logRatioMargin(where, inputs), beta), labelSmoothing));
}

/** Value of {@link dpo} per pair while policy and reference are equal: ln 2, whatever beta and smoothing. */
export function dpoStepZero(): number {
  return Math.LN2;
}
