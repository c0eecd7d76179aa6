import { add, mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkNotNegative, checkPerRow, checkPositive } from './checks.ts';
import { smoothedDpo, type DpoOptions } from './dpo.ts';
import { sequenceMeanNll, tokenMeanNll } from './negativeLogLikelihood.ts';
import type { PairLogps } from './types.ts';

export type RpoNllInputs = PairLogps & {
  /** Response tokens of each chosen response, shape [B]. */
  chosenLengths: Tensor;
};

export type RpoNllOptions = DpoOptions & {
  /** Weight of the negative log-likelihood, >= 0; 1 in the paper. */
  alpha: number;
};

export type RpoNllTrlV09Options = DpoOptions & {
  /** Weight of the DPO term, > 0. */
  alpha: number;
};

/**
 * Iterative RPO: DPO and the negative log-likelihood per token of each chosen response.
 *
 *   loss_i = dpo_i - alpha log pi(y_w)/|y_w|
 *
 * @param inputs  summed log-probabilities, nats, and numbers of tokens, shape [B] each; gradients reach the policy's only
 * @param options as of DPO, and alpha >= 0
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Pang et al. 2024, arXiv:2404.19733, Eq. (1); golden: test/golden/losses.json
 */
export function rpoNllSeq(inputs: RpoNllInputs, options: RpoNllOptions): Tensor1D {
  checkNotNegative('rpo_nll_seq', 'alpha', options.alpha);
  return tidy(() =>
    add(
      dpoTerm('rpo_nll_seq', inputs, options),
      mul(sequenceMeanNll(inputs.policyChosenLogps, inputs.chosenLengths), options.alpha),
    ),
  );
}

/**
 * DPO and the negative log-likelihood as a mean over the batch's tokens: TRL's `rpo_alpha` from v0.10.1 to v0.28.
 *
 *   loss_i = dpo_i - alpha sum_j log pi(y_w,j) / sum_j |y_w,j|
 *
 * TRL from v0.12 on also drops real tokens of id 0 from that mean, which is a fault and not reproduced.
 *
 * @param inputs  as {@link rpoNllSeq}
 * @param options as of DPO, and alpha >= 0
 * @returns per-pair loss, shape [B], nats, each with the whole NLL term; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see huggingface/trl@v0.23.0 `dpo_loss`, `rpo_alpha`; golden: test/golden/losses.json
 */
export function rpoNllTok(inputs: RpoNllInputs, options: RpoNllOptions): Tensor1D {
  checkNotNegative('rpo_nll_tok', 'alpha', options.alpha);
  return tidy(() =>
    add(
      dpoTerm('rpo_nll_tok', inputs, options),
      mul(tokenMeanNll(inputs.policyChosenLogps, inputs.chosenLengths), options.alpha),
    ),
  );
}

/**
 * The same as TRL v0.9 had it, with alpha on the other term: loss_i = alpha dpo_i + token-mean NLL.
 *
 * @param inputs  as {@link rpoNllSeq}
 * @param options as of DPO, and alpha > 0
 * @returns per-pair loss, shape [B], nats, each with the whole NLL term; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see huggingface/trl@v0.9.6 `rpo_alpha`; golden: test/golden/losses.json
 */
export function rpoNllTrlV09(inputs: RpoNllInputs, options: RpoNllTrlV09Options): Tensor1D {
  checkPositive('rpo_nll_trl_v0.9', 'alpha', options.alpha);
  return tidy(() =>
    add(
      mul(dpoTerm('rpo_nll_trl_v0.9', inputs, options), options.alpha),
      tokenMeanNll(inputs.policyChosenLogps, inputs.chosenLengths),
    ),
  );
}

function dpoTerm(where: string, inputs: RpoNllInputs, { beta, labelSmoothing }: DpoOptions): Tensor1D {
  const loss = smoothedDpo(where, inputs, beta, labelSmoothing ?? 0);
  checkPerRow(where, inputs, ['chosenLengths'], loss.shape[0]);
  return loss;
}
