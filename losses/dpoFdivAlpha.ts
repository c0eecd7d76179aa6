import { add, expm1, mul, relu, sub } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkFinite } from './checks.ts';
import { divergenceLoss, type DivergenceOptions } from './divergenceLoss.ts';
import type { PairLogps } from './types.ts';

export type DpoFdivAlphaOptions = DivergenceOptions & {
  /** Order of the divergence; 0.5 (default) in TRL from 0.29 on. 1 is DPO's reverse KL, 0 the forward KL. */
  alpha?: number | undefined;
  /** The same in the parametrization of TRL up to 0.28, which is 1 - alpha and there 1 by default; instead of `alpha`. */
  alphaDivergenceCoef?: number | undefined;
};

/**
 * f-DPO with an alpha-divergence in the place of DPO's reverse KL.
 *
 *   s(lr)  = exp((alpha - 1) lr) / (alpha - 1),   lr = log pi(y)/pi_ref(y)
 *   loss_i = -(1 - e) log sigmoid(beta (s_w - s_l)) - e log sigmoid(-beta (s_w - s_l)),   e = labelSmoothing
 *
 * TRL up to 0.28 has s = (1 - u^-c)/c with u = pi/pi_ref: the same family with alpha = 1 - c, so one number means two
 * things (`alphaDivergenceCoef` is c). Where the exponent exceeds 32, the exponential goes on as a straight line: gradients
 * stay nonzero and their squares finite. TRL cuts it off instead (at 80, or at 88 up to 0.28), where the gradient vanishes.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; alpha or alphaDivergenceCoef finite; labelSmoothing from 0 to 0.5
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is double or out of range
 * @see Wang et al. 2023, arXiv:2309.16240; huggingface/trl@f2cd577 `_compute_loss`, "alpha_divergence"; golden:
 *   test/golden/losses.json
 */
export function dpoFdivAlpha(inputs: PairLogps, options: DpoFdivAlphaOptions): Tensor1D {
  const { alphaDivergenceCoef: coef } = options;
  if (coef !== undefined && options.alpha !== undefined) {
    throw new RangeError(
      'dpo_fdiv_alpha: expected one of alpha and alphaDivergenceCoef, got both. Set alpha, which is 1 - alphaDivergenceCoef.',
    );
  }
  if (coef !== undefined) checkFinite('dpo_fdiv_alpha', 'alphaDivergenceCoef', coef);
  const { alpha = coef === undefined ? 0.5 : 1 - coef } = options;
  checkFinite('dpo_fdiv_alpha', 'alpha', alpha);
  return divergenceLoss('dpo_fdiv_alpha', inputs, options, (logRatio) => alphaScore(logRatio, alpha - 1));
}

/** Beyond this exponent, of about 1e14, squares of gradients would leave fp32. */
const LARGEST_EXPONENT = 32;

/**
 * (exp(k lr) - 1)/k, the alpha-divergence's score less a constant, so that it passes into lr as k goes to 0.
 *
 * @returns shape [B]; the caller's tidy frees what is made on the way
 */
export function alphaScore(logRatio: Tensor1D, k: number): Tensor1D {
  if (k === 0) return logRatio;
  const exponent = mul(logRatio, k);
  const excess = relu(sub(exponent, LARGEST_EXPONENT));
  const score = add(expm1(sub(exponent, excess)), mul(excess, Math.exp(LARGEST_EXPONENT)));
  return mul(score, 1 / k);
}
