import { add, cast, mul, neg, sub, tidy, where } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkNotNegative, checkShapes } from './checks.ts';
import { marginLoss } from './marginLoss.ts';
import { stopGradient } from './stopGradient.ts';

export type XpoInputs = {
  /** log pi of the response sampled from the policy, summed over its tokens, shape [B], nats. */
  policyLogpsOnPolicySample: Tensor;
  /** log pi of the response sampled from the reference, shape [B], nats. */
  policyLogpsOnRefSample: Tensor;
  /** log pi_ref of the policy's response, shape [B], nats; no gradient flows into it. */
  refLogpsOnPolicySample: Tensor;
  /** log pi_ref of the reference's response, shape [B], nats; no gradient flows into it. */
  refLogpsOnRefSample: Tensor;
  /** Whether the policy's response beat the reference's, shape [B], bool or 0 and 1. */
  policySampleWins: Tensor;
};

export type XpoOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.1 in TRL. */
  beta: number;
  /** Weight of the exploration bonus, >= 0; 1e-5 in TRL, 5e-6 elsewhere. */
  alpha: number;
  /** Loss of the pair; default `sigmoid`, which is DPO; `ipo` is of summed log-probabilities. */
  lossType?: 'sigmoid' | 'ipo' | undefined;
};

/**
 * XPO: DPO between one response of the policy and one of the reference, with a bonus that drives the policy away from
 * what the reference would say.
 *
 *   loss_i = -log sigmoid(beta (lr_w - lr_l)) + alpha log pi(y_ref),   y_ref the reference's response, won or lost
 *
 * @param inputs  summed log-probabilities and verdicts, shape [B] each; gradients reach the policy's only
 * @param options beta > 0; alpha >= 0
 * @returns per-pair loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Xie et al. 2024, arXiv:2405.21046, Algorithm 1; huggingface/trl@f2cd577 `XPOTrainer._compute_losses`; golden:
 *   test/golden/losses.json
 */
export function xpo(inputs: XpoInputs, options: XpoOptions): Tensor1D {
  const { beta, alpha, lossType } = options;
  const lossOf = marginLoss('xpo', { beta, lossType }, ['sigmoid', 'ipo']);
  checkNotNegative('xpo', 'alpha', alpha);
  checkShapes('xpo', inputs, [
    'policyLogpsOnPolicySample',
    'policyLogpsOnRefSample',
    'refLogpsOnPolicySample',
    'refLogpsOnRefSample',
    'policySampleWins',
  ]);
  return tidy(() => {
    const own = sub(inputs.policyLogpsOnPolicySample, stopGradient(inputs.refLogpsOnPolicySample));
    const other = sub(inputs.policyLogpsOnRefSample, stopGradient(inputs.refLogpsOnRefSample));
    const gap: Tensor1D = sub(own, other);
    const margin = where(cast(inputs.policySampleWins, 'bool'), gap, neg(gap));
    return add(lossOf(margin), mul(inputs.policyLogpsOnRefSample, alpha));
  });
}
