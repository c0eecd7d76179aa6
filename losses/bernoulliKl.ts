import { add, mul, neg, sigmoid, sub } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { logSigmoid } from './logSigmoid.ts';

/** log q and log(1 - q) of a probability q. */
export type LogOdds = readonly [Tensor1D, Tensor1D] | readonly [number, number];

/** log sigmoid(x) and log sigmoid(-x), each without cancellation however large |x|. */
export function logOdds(x: Tensor1D): readonly [Tensor1D, Tensor1D] {
  return [logSigmoid(x), logSigmoid(neg(x))];
}

/**
 * KL(Bernoulli(sigmoid(x)) || Bernoulli(q)), from log-probabilities throughout: no logarithm of a rounded 0.
 *
 * @param x     log-odds, shape [B]
 * @param other log q and log(1 - q)
 * @returns shape [B], nats; the caller's tidy frees what is made on the way
 */
export function bernoulliKl(x: Tensor1D, [logQ, logNotQ]: LogOdds): Tensor1D {
  const [logP, logNotP] = logOdds(x);
  return add(mul(sigmoid(x), sub(logP, logQ)), mul(sigmoid(neg(x)), sub(logNotP, logNotQ)));
}
