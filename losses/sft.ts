import { mul, onesLike, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkShapes } from './checks.ts';
import { sequenceMeanNll, tokenMeanNll } from './negativeLogLikelihood.ts';

export type SftInputs = {
  /** log pi(y_w | x), summed over response tokens, shape [B], nats. */
  policyChosenLogps: Tensor;
  /** Response tokens of each chosen response, shape [B]. */
  chosenLengths: Tensor;
};

/**
 * Negative log-likelihood of the chosen responses as a mean over the batch's tokens, where long responses weigh more.
 *
 *   loss_i = -sum_j log pi(y_w,j) / sum_j |y_w,j|
 *
 * @param inputs summed log-probabilities, nats, and numbers of tokens, shape [B] each
 * @returns shape [B], nats per token, every entry the mean over the batch
 * @throws {RangeError} when shapes differ or an input is missing
 * @see huggingface/trl@f2cd577 `dpo_trainer`, `loss_type="sft"`
 */
export function sft(inputs: SftInputs): Tensor1D {
  checkShapes('sft', inputs, ['policyChosenLogps', 'chosenLengths']);
  return tidy(() => {
    const mean = tokenMeanNll(inputs.policyChosenLogps, inputs.chosenLengths);
    return mul<Tensor1D>(mean, onesLike(inputs.chosenLengths));
  });
}

/**
 * Negative log-likelihood per token of each chosen response, where all responses weigh the same.
 *
 *   loss_i = -log pi(y_w,i) / |y_w,i|
 *
 * @param inputs summed log-probabilities, nats, and numbers of tokens, shape [B] each
 * @returns shape [B], nats per token; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing
 * @see Pang et al. 2024, arXiv:2404.19733, Eq. (1), second term
 */
export function sftSeq(inputs: SftInputs): Tensor1D {
  checkShapes('sft_seq', inputs, ['policyChosenLogps', 'chosenLengths']);
  return tidy(() => sequenceMeanNll(inputs.policyChosenLogps, inputs.chosenLengths));
}
