import { add, exp, mul, neg, sigmoid, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logRatioMargin } from './logRatios.ts';
import { logSigmoid } from './logSigmoid.ts';
import type { PairLogps } from './types.ts';

export type DiscopopOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.05 in the paper. */
  beta: number;
  /** Temperature of the blend, > 0; 0.05 (default) in the paper. */
  tau?: number | undefined;
};

/**
 * DiscoPOP: a blend of the logistic and the exponential loss, which a language model found by search.
 *
 *   m      = sigmoid(beta z / tau)
 *   loss_i = (1 - m_i) (-log sigmoid(beta z_i)) + m_i exp(-beta z_i)
 *
 * The second term is computed as exp(log sigmoid(beta z / tau) - beta z), which is finite for tau <= 1: the product, as in
 * TRL, is 0 * infinity below beta z = -88. With tau > 1 the loss itself grows as exp((1 - 1/tau) |beta z|). It is not
 * convex: with tau 0.05 it rises with the margin from beta z = -0.12 to 0.07, so that the first step lowers the margin.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; tau > 0
 * @returns per-pair loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Lu et al. 2024, arXiv:2406.08414, Eq. (5); huggingface/trl@v0.23.0 `dpo_loss`, "discopop"; golden:
 *   test/golden/losses.json
 */
export function discopop(inputs: PairLogps, options: DiscopopOptions): Tensor1D {
  const { beta, tau = 0.05 } = options;
  checkPositive('discopop', 'beta', beta);
  checkPositive('discopop', 'tau', tau);
  return tidy(() => {
    const margin = mul<Tensor1D>(logRatioMargin('discopop', inputs), beta);
    const blend = mul<Tensor1D>(margin, 1 / tau);
    const logistic = mul(sigmoid(neg(blend)), neg(logSigmoid(margin)));
    return add(logistic, exp(sub(logSigmoid(blend), margin)));
  });
}

/** Value of {@link discopop} per pair while policy and reference are equal. */
export function discopopStepZero(): number {
  return (1 + Math.LN2) / 2;
}
