import * as tf from '@tensorflow/tfjs-core';

/**
 * Logits with the repetition penalty: those of seen tokens divided by it where positive, multiplied where negative, once
 * however often the token was seen.
 *
 * @param logits [B, V]
 * @param seen [B, V]; 1 for tokens of the prompt and the response so far, else 0
 */
export function penalizeRepeats(logits: tf.Tensor2D, seen: tf.Tensor2D, penalty: number): tf.Tensor2D {
  const penalized = tf.where(tf.less(logits, 0), tf.mul(logits, penalty), tf.div(logits, penalty));
  return tf.where(tf.greater(seen, 0), penalized, logits) as tf.Tensor2D;
}
