import { cast, div, maximum, neg, sum } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { averageLogps } from './averageLogps.ts';
import { stopGradient } from './stopGradient.ts';

/**
 * Negative log-likelihood per token over the whole batch: -sum_i log pi(y_i) / sum_i |y_i|. Long responses weigh more.
 *
 * @param logps   summed over response tokens, shape [B], nats
 * @param lengths response tokens in each sum, shape [B]
 * @returns scalar, nats per token
 */
export function tokenMeanNll(logps: Tensor, lengths: Tensor): Scalar {
  return neg(div(sum(logps), maximum(sum(stopGradient(cast(lengths, 'float32'))), 1)));
}

/**
 * Negative log-likelihood per token of each response: -log pi(y_i) / |y_i|. All responses weigh the same.
 *
 * @returns shape [B], nats per token
 */
export function sequenceMeanNll(logps: Tensor, lengths: Tensor): Tensor1D {
  return neg(averageLogps(logps, lengths));
}
