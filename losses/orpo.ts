import { add, minimum, mul, neg, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { averageLogps } from './averageLogps.ts';
import { checkPositive, checkShapes } from './checks.ts';
import { log1mexp } from './log1mexp.ts';
import { logSigmoid } from './logSigmoid.ts';
import { sequenceMeanNll, tokenMeanNll } from './negativeLogLikelihood.ts';
import type { PairLengths, PolicyLogps } from './types.ts';

export type OrpoOptions = {
  /** lambda of the paper, the weight of the odds ratio, > 0; 0.1 in the paper. */
  beta: number;
};

// The largest fp32 number below probability 1 is 1 - 2^-24. Nearer to 1 the odds are infinite.
const MOST_CERTAIN = -(2 ** -24);

/**
 * The odds-ratio term of ORPO, of mean log-probabilities u; no reference.
 *
 *   loss_i = -beta log sigmoid(odds(u_w) - odds(u_l)),   odds(u) = u - log(1 - e^u),   u = log pi(y)/|y|
 *
 * Responses of probability 1 per token (u = 0, and empty rows) count as u = -2^-24, the nearest that fp32 resolves, and
 * get no gradient: the odds and their gradient would be infinite.
 *
 * @param inputs  log-probabilities summed over response tokens, nats, and numbers of tokens, shape [B] each
 * @param options beta > 0
 * @returns per-pair loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Hong et al. 2024, arXiv:2403.07691, Eq. (7); huggingface/trl@f2cd577 `odds_ratio_loss`; golden:
 *   test/golden/losses.json
 */
export function orpoOrTerm(inputs: PolicyLogps & PairLengths, options: OrpoOptions): Tensor1D {
  return oddsRatioTerm('orpo_or_term', inputs, options);
}

/**
 * ORPO with the negative log-likelihood as a mean over the batch's tokens, so that every value depends on the batch.
 *
 *   loss_i = orpoOrTerm_i - sum_j log pi(y_w,j) / sum_j |y_w,j|
 *
 * TRL's ORPO trainer takes the same mean, but over prompt tokens too; here it covers the responses only, as in the paper.
 *
 * @param inputs  as {@link orpoOrTerm}
 * @param options beta > 0
 * @returns per-pair loss, shape [B], nats, each with the whole NLL term; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Hong et al. 2024, arXiv:2403.07691, Eq. (6); golden: test/golden/losses.json
 */
export function orpo(inputs: PolicyLogps & PairLengths, options: OrpoOptions): Tensor1D {
  return tidy(() =>
    add(oddsRatioTerm('orpo', inputs, options), tokenMeanNll(inputs.policyChosenLogps, inputs.chosenLengths)),
  );
}

/**
 * ORPO with the negative log-likelihood per response, each divided by its own length.
 *
 *   loss_i = orpoOrTerm_i - log pi(y_w)/|y_w|
 *
 * @param inputs  as {@link orpoOrTerm}
 * @param options beta > 0
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Hong et al. 2024, arXiv:2403.07691, Eq. (6); golden: test/golden/losses.json
 */
export function orpoSeqnll(inputs: PolicyLogps & PairLengths, options: OrpoOptions): Tensor1D {
  return tidy(() =>
    add(oddsRatioTerm('orpo_seqnll', inputs, options), sequenceMeanNll(inputs.policyChosenLogps, inputs.chosenLengths)),
  );
}

function oddsRatioTerm(where: string, inputs: PolicyLogps & PairLengths, { beta }: OrpoOptions): Tensor1D {
  checkPositive(where, 'beta', beta);
  checkShapes(where, inputs, ['policyChosenLogps', 'policyRejectedLogps', 'chosenLengths', 'rejectedLengths']);
  return tidy(() => {
    const chosen = logOdds(averageLogps(inputs.policyChosenLogps, inputs.chosenLengths));
    const rejected = logOdds(averageLogps(inputs.policyRejectedLogps, inputs.rejectedLengths));
    return mul(neg(logSigmoid(sub(chosen, rejected))), beta);
  });
}

function logOdds(averages: Tensor1D): Tensor {
  const capped = minimum(averages, MOST_CERTAIN);
  return sub(capped, log1mexp(capped));
}
