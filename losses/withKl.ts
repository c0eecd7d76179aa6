import { sum, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkNotNegative, checkOneOf } from './checks.ts';
import { klK1, klK2, klK3, type TokenLogps } from './klEstimators.ts';
import { LOSSES } from './registry.ts';
import type { LossEntry } from './types.ts';
import { weightedSum } from './weightedSum.ts';

const ESTIMATORS = {
  k1: estimated(klK1),
  k2: estimated(klK2),
  k3: estimated(klK3),
  exact: LOSSES.kl,
} as const satisfies Record<string, LossEntry>;

export type KlTerm = {
  /** Weight of the KL divergence, >= 0. */
  coefficient: number;
  /** `k1`, `k2`, `k3` from the log-probabilities of the sampled tokens, `exact` from the logits of both models. */
  estimator: keyof typeof ESTIMATORS;
};

/**
 * A loss with the KL divergence from the reference added: loss_i + coefficient sum_t KL_t(pi || pi_ref).
 *
 * Differentiated as they stand, only `exact` and `k2` point down the KL divergence. The gradient of `k1` averages to 0
 * over the policy's own samples, and that of `k3` is that of the KL the other way round, KL(pi_ref || pi), as in GRPO's
 * published loss. `k1` belongs into rewards. All of them credit a token with its own KL only, not with that of the text
 * which follows from it.
 *
 * @param loss an entry of the registry, or what another combinator made
 * @returns an entry that reads `policyTokenLogps` and `refTokenLogps`, or `policyLogits` and `refLogits`, and `mask` too:
 *   one row for each value of the loss
 * @throws {RangeError} when the coefficient is negative or the estimator unknown
 * @see Schulman 2020, "Approximating KL divergence"; Tang and Munos 2025, arXiv:2506.09477, on their gradients
 */
export function withKl(loss: LossEntry, { coefficient, estimator }: KlTerm): LossEntry {
  checkNotNegative('withKl', 'coefficient', coefficient);
  checkOneOf('withKl', 'estimator', estimator, Object.keys(ESTIMATORS));
  return weightedSum([{ loss }, { loss: ESTIMATORS[estimator], weight: coefficient }]);
}

/** An estimator per token as a loss: its sum over each response. */
function estimated(estimate: (inputs: TokenLogps) => Tensor): LossEntry {
  return {
    fn: ({ policyTokenLogps, refTokenLogps, mask }) =>
      tidy(() => sum<Tensor1D>(estimate({ policyTokenLogps, refTokenLogps, mask } as TokenLogps), 1)),
    stepZero: () => 0,
    inputs: ['policyTokenLogps', 'refTokenLogps', 'mask'],
    needs: ['reference'],
    level: 'token',
    coupled: false,
  };
}
