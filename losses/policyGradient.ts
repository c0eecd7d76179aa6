import { clipByValue, expandDims, minimum, mul, neg, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { boundedRatio } from './boundedRatio.ts';
import { checkOneOf, checkPerRow, checkPositive } from './checks.ts';
import { stopGradient } from './stopGradient.ts';
import { tokenRows } from './tokenRows.ts';

export type PolicyGradientInputs = {
  /** log pi of each token of sampled responses, shape [B, T], nats. */
  policyTokenLogps: Tensor;
  /** The same under the policy that sampled them, shape [B, T]; where it is missing, that is the policy as it is. */
  lastTokenLogps?: Tensor;
  /** Advantage of each response, shape [B], from `groupStdAdvantages` or its like; no gradient flows into it. */
  advantages: Tensor;
  /** 1 or true at response tokens, shape [B, T]; all of them where it is missing. */
  mask?: Tensor;
};

export type PolicyGradientOptions = {
  /** How far below 1 a ratio still pushes down, over 0 and below 1; default 0.2. */
  clipLow?: number | undefined;
  /** How far above 1 a ratio still pushes up, > 0; default 0.2. DAPO takes 0.28. */
  clipHigh?: number | undefined;
  /** One ratio per `token` (default), or per `sequence`: the geometric mean over its tokens. */
  ratio?: 'token' | 'sequence' | undefined;
};

/**
 * The clipped policy gradient of PPO and GRPO, for advantages from anywhere.
 *
 *   token:    loss_i = -1/|y_i| sum_t min(R_t A_i, clip(R_t, 1 - low, 1 + high) A_i),   R_t = pi/pi_old(y_t)
 *   sequence: loss_i = -min(R A_i, clip(R, 1 - low, 1 + high) A_i),                    R = exp(mean_t log R_t)
 *
 * `token` is GRPO's average, each response counting the same. Dr. GRPO's sum over tokens and DAPO's mean over the
 * batch's tokens are this loss with `perExampleWeights` proportional to |y_i|. `sequence` is the ratio of GSPO and of SPC.
 * Ratios are kept from e^-20 to e^20. No KL term: add one by `withKl`.
 *
 * @param inputs  log-probabilities per token and one advantage per response; gradients reach the policy's only
 * @param options 0 < clipLow < 1; clipHigh > 0
 * @returns per-response loss, shape [B], in units of the advantage; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Schulman et al. 2017, arXiv:1707.06347, Eq. (7); Shao et al. 2024, arXiv:2402.03300, Eq. (3); Yu et al. 2025,
 *   arXiv:2503.14476, clip-higher; Zheng et al. 2025, arXiv:2507.18071, the sequence ratio
 */
export function policyGradient(inputs: PolicyGradientInputs, options: PolicyGradientOptions = {}): Tensor1D {
  const { clipLow = 0.2, clipHigh = 0.2, ratio = 'token' } = options;
  checkPositive('policy_gradient', 'clipHigh', clipHigh);
  checkPositive('policy_gradient', 'clipLow', clipLow);
  if (clipLow >= 1) {
    throw new RangeError(`policy_gradient: clipLow must be below 1, got ${clipLow}. Set it to 0.2 for PPO's range.`);
  }
  checkOneOf('policy_gradient', 'ratio', ratio, ['token', 'sequence']);
  return tidy(() => {
    const names = ['policyTokenLogps', ...(inputs.lastTokenLogps ? ['lastTokenLogps'] : [])];
    const { size, row, meanOver } = tokenRows('policy_gradient', inputs, names, 'mask');
    checkPerRow('policy_gradient', inputs, ['advantages'], size);
    const logRatios = sub(row('policyTokenLogps'), stopGradient(row(names.at(-1)!)));
    const advantages = stopGradient(inputs.advantages);
    const gain = (ratios: Tensor, each: Tensor): Tensor =>
      minimum(mul(ratios, each), mul(clipByValue(ratios, 1 - clipLow, 1 + clipHigh), each));
    return ratio === 'token'
      ? neg(meanOver(gain(boundedRatio(logRatios), expandDims(advantages, 1))))
      : (neg(gain(boundedRatio(meanOver(logRatios)), advantages)) as Tensor1D);
  });
}

/** Value of {@link policyGradient} for one response while the policy equals the one that sampled it. */
export function policyGradientStepZero(
  _options: PolicyGradientOptions,
  { advantages }: { advantages: number },
): number {
  return -advantages;
}
