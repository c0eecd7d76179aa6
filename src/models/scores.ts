import * as tf from '@tensorflow/tfjs-core';

import { causalHidden } from './decoder.ts';
import type { DecoderConfig } from './decoderConfig.ts';
import type { Weights } from './layers/weights.ts';

/**
 * Scores of whole texts under a reward model: the head reads the state at the last token that is no padding.
 *
 * "No padding" goes by the token's id, as in transformers' `ForSequenceClassification`: a padding token inside a text does
 * no harm, one at its end moves the place that is read. Without a padding token the last position is read.
 *
 * @param ids [B, T] int32, padded on the right
 * @param last [B] int32, the places that are read, if the caller knows them better
 * @returns [B]
 */
export function sequenceScores(
  config: DecoderConfig,
  weights: Weights,
  ids: tf.Tensor2D,
  last: tf.Tensor1D = lastTokens(ids, config.padTokenId),
): tf.Tensor1D {
  const [batch, length] = ids.shape;
  const hidden = causalHidden(config, weights, ids);
  const places = tf.reshape(tf.oneHot(last, length), [batch, length, 1]);
  const pooled = tf.sum(tf.mul(hidden, places), 1) as tf.Tensor2D;
  const head = weights[config.architecture.head.weight] as tf.Tensor2D;
  return tf.reshape(tf.matMul(pooled, head, false, true), [batch]);
}

/** The last position of each row whose token is not the padding token, [B] int32; 0 where there is none. */
function lastTokens(ids: tf.Tensor2D, padTokenId: number | null): tf.Tensor1D {
  const [batch, length] = ids.shape;
  if (padTokenId === null)
    return tf.tensor1d(
      Array.from({ length: batch }, () => length - 1),
      'int32',
    );
  const real = tf.cast(tf.notEqual(ids, tf.scalar(padTokenId, 'int32')), 'int32');
  return tf.max(tf.mul(real, tf.range(0, length, 1, 'int32')), 1) as tf.Tensor1D;
}
