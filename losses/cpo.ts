import { add, mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkNotNegative, checkShapes } from './checks.ts';
import { marginLoss, type MarginLossType, type MarginOptions } from './marginLoss.ts';
import { tokenMeanNll } from './negativeLogLikelihood.ts';
import type { PolicyLogps } from './types.ts';

/** `ipo` here is of summed log-probabilities; TRL's CPO trainer divides them by length for it. */
export type CpoPrefOptions = MarginOptions<MarginLossType>;

export type CpoInputs = PolicyLogps & {
  /** Response tokens of each chosen response, shape [B]. */
  chosenLengths: Tensor;
};

export type CpoOptions = CpoPrefOptions & {
  /** Weight of the negative log-likelihood, >= 0; default 1. */
  cpoAlpha?: number | undefined;
};

/**
 * The preference term of CPO: DPO with a uniform reference, that is, with none.
 *
 *   loss_i = -(1 - e) log sigmoid(beta u_i) - e log sigmoid(-beta u_i),   u = log pi(y_w) - log pi(y_l)
 *
 * Or, by `lossType`, max(0, 1 - beta u) as `hinge` and (u - 1/(2 beta))^2 as `ipo`.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats
 * @param options beta > 0; labelSmoothing from 0 to 0.5 with lossType `sigmoid`
 * @returns per-pair loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Xu et al. 2024, arXiv:2401.08417, the preference term; huggingface/trl@f2cd577 `cpo_loss`; golden: test/golden/losses.json
 */
export function cpoPref(inputs: PolicyLogps, options: CpoPrefOptions): Tensor1D {
  return preferenceTerm('cpo_pref', inputs, options);
}

/**
 * CPO: its preference term and the negative log-likelihood of the chosen responses.
 *
 *   loss_i = cpoPref_i + alpha NLL,   NLL = -sum_j log pi(y_w,j) / sum_j |y_w,j|
 *
 * The NLL is the mean over the batch's tokens, as in TRL, so that every value depends on the whole batch; the paper has
 * the expectation of -log pi(y_w), which is that of sums.
 *
 * @param inputs  summed log-probabilities, nats, and numbers of tokens, shape [B] each
 * @param options as {@link cpoPref}, and cpoAlpha >= 0
 * @returns per-pair loss, shape [B], each with the whole NLL term; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Xu et al. 2024, arXiv:2401.08417, the objective; huggingface/trl@f2cd577 `cpo_loss`; golden: test/golden/losses.json
 */
export function cpo(inputs: CpoInputs, options: CpoOptions): Tensor1D {
  const { cpoAlpha = 1, ...rest } = options;
  checkNotNegative('cpo', 'cpoAlpha', cpoAlpha);
  checkShapes('cpo', inputs, ['policyChosenLogps', 'policyRejectedLogps', 'chosenLengths']);
  return tidy(() =>
    add(
      preferenceTerm('cpo', inputs, rest),
      mul(tokenMeanNll(inputs.policyChosenLogps, inputs.chosenLengths), cpoAlpha),
    ),
  );
}

function preferenceTerm(where: string, inputs: PolicyLogps, options: CpoPrefOptions): Tensor1D {
  const lossOf = marginLoss(where, options, ['sigmoid', 'hinge', 'ipo']);
  checkShapes(where, inputs, ['policyChosenLogps', 'policyRejectedLogps']);
  return tidy(() => lossOf(sub(inputs.policyChosenLogps, inputs.policyRejectedLogps)));
}
