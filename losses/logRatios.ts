import { sub } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkShapes } from './checks.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

const PAIR_LOGPS = ['policyChosenLogps', 'policyRejectedLogps', 'refChosenLogps', 'refRejectedLogps'] as const;

/**
 * log pi(y) - log pi_ref(y) of both responses, with the reference as a constant.
 *
 * @param where  name of the loss, for the messages
 * @param inputs the four log-probabilities, and any further inputs of shape [B] named in `more`
 * @param more   keys of further inputs that must have the shape of the log-probabilities
 * @returns chosen and rejected, shape [B] each, nats; the caller's tidy frees them
 * @throws {RangeError} when an input is missing or not of the common shape [B]
 */
export function logRatios(
  where: string,
  inputs: PairLogps,
  more: readonly string[] = [],
): { chosen: Tensor1D; rejected: Tensor1D } {
  checkShapes(where, inputs, [...PAIR_LOGPS, ...more]);
  return {
    chosen: sub(inputs.policyChosenLogps, stopGradient(inputs.refChosenLogps)),
    rejected: sub(inputs.policyRejectedLogps, stopGradient(inputs.refRejectedLogps)),
  };
}

/** The difference z of both log-ratios, chosen minus rejected; parameters and errors as {@link logRatios}. */
export function logRatioMargin(where: string, inputs: PairLogps, more: readonly string[] = []): Tensor1D {
  const { chosen, rejected } = logRatios(where, inputs, more);
  return sub(chosen, rejected);
}
