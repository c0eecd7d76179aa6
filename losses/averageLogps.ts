import { cast, div, maximum } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { stopGradient } from './stopGradient.ts';

/**
 * Mean log-probability per response token.
 *
 * A length of 0, as in rows that only fill up a batch, counts as 1: 0/0 would poison the mean over the batch even where
 * the row weighs nothing.
 *
 * @param logps   summed over response tokens, shape [B], nats
 * @param lengths response tokens in each sum, shape [B]; no gradient flows into it
 * @returns shape [B], nats per token; the caller's tidy frees what is made on the way
 */
export function averageLogps(logps: Tensor, lengths: Tensor): Tensor1D {
  return div(logps, maximum(stopGradient(cast(lengths, 'float32')), 1));
}
