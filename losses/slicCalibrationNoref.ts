import { mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive, checkShapes } from './checks.ts';
import { hingeLoss, type HingeOptions } from './hinge.ts';
import type { PolicyLogps } from './types.ts';

/**
 * The calibration term of SLiC: a hinge on the difference of log-probabilities, without a reference.
 *
 *   loss_i = max(0, 1 - beta (log pi(y_w) - log pi(y_l)))
 *
 * SLiC-HF writes it max(0, delta - log pi(y_w) + log pi(y_l)), which is this divided by beta with delta = 1/beta, and adds a
 * cross-entropy term against drift, which is not in here. At the kink the gradient is 0.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats
 * @param options beta > 0, the inverse of the margin asked for, per nat
 * @returns per-pair loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Zhao et al. 2023, arXiv:2305.10425, Section 2; huggingface/trl@f2cd577 `cpo_loss`, "hinge"; golden:
 *   test/golden/losses.json
 */
export function slicCalibrationNoref(inputs: PolicyLogps, options: HingeOptions): Tensor1D {
  const { beta } = options;
  checkPositive('slic_calibration_noref', 'beta', beta);
  checkShapes('slic_calibration_noref', inputs, ['policyChosenLogps', 'policyRejectedLogps']);
  return tidy(() => hingeLoss(mul(sub(inputs.policyChosenLogps, inputs.policyRejectedLogps), beta)));
}
