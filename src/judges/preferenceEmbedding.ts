import * as tf from '@tensorflow/tfjs-core';

import { groupedAttention, llamaHidden, MASKED, rotaryTable, type LlamaConfig, type Weights } from '../models/index.ts';

/** Planes of the cyclic part: each pair of numbers can hold a rock-paper-scissors circle. */
const PLANES = 4;

/** Numbers per answer: one score, and two for each plane. */
export const PREFERENCE_WIDTH = 1 + 2 * PLANES;

export const HEAD_WEIGHT = 'preference_head.weight';

/**
 * Embeds answers for pairwise preference: a bidirectional encoder over prompt and answer, averaged over the answer's
 * tokens, then a linear head.
 *
 * @param batch ids [B, T] int32; valid and answer [B, T], 1 at real tokens and at the answer's tokens
 * @returns [B, PREFERENCE_WIDTH]
 */
export function preferenceEmbedding(
  config: LlamaConfig,
  weights: Weights,
  batch: { ids: tf.Tensor2D; valid: tf.Tensor2D; answer: tf.Tensor2D },
): tf.Tensor2D {
  const [rows, length] = batch.ids.shape;
  const table = rotaryTable(config, length);
  const shape: [number, number, number, number] = [1, 1, length, config.headSize / 2];
  const rotary = { cos: tf.tensor4d(table.cos, shape), sin: tf.tensor4d(table.sin, shape) };
  const mask = tf.reshape(tf.mul(tf.sub(1, batch.valid), MASKED), [rows, 1, 1, 1, length]);
  const hidden = llamaHidden(config, weights, batch.ids, rotary, (_, q, k, v) => groupedAttention(q, k, v, mask));
  const share = tf.reshape(tf.div(batch.answer, tf.sum(batch.answer, -1, true)), [rows, length, 1]);
  const pooled = tf.sum(tf.mul(hidden, share), 1) as tf.Tensor2D;
  return tf.matMul(pooled, weights[HEAD_WEIGHT] as tf.Tensor2D, false, true);
}

/**
 * The logit that answer a beats answer b: difference of scores plus a skew-symmetric product, so that swapping the
 * answers flips its sign and cycles can be represented.
 *
 *   s(a, b) = r_a - r_b + sum_k (u_a[2k] u_b[2k+1] - u_a[2k+1] u_b[2k])
 *
 * @see Zhang et al. 2024, arXiv:2410.02197, Eq. (5)-(6), with an explicit scalar part
 */
export function preferenceLogit(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let logit = a[0]! - b[0]!;
  for (let k = 1; k < PREFERENCE_WIDTH; k += 2) logit += a[k]! * b[k + 1]! - a[k + 1]! * b[k]!;
  return logit;
}

/** `preferenceLogit` on tensors: a and b [B, PREFERENCE_WIDTH], result [B]. */
export function preferenceLogits(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor1D {
  const rows = a.shape[0];
  const parts = (x: tf.Tensor2D): [tf.Tensor, tf.Tensor, tf.Tensor] => {
    const planes = tf.reshape(tf.slice(x, [0, 1], [rows, 2 * PLANES]), [rows, PLANES, 2]);
    const side = (i: number): tf.Tensor => tf.reshape(tf.slice(planes, [0, 0, i], [rows, PLANES, 1]), [rows, PLANES]);
    return [tf.reshape(tf.slice(x, [0, 0], [rows, 1]), [rows]), side(0), side(1)];
  };
  const [scoreA, evenA, oddA] = parts(a);
  const [scoreB, evenB, oddB] = parts(b);
  const cyclic = tf.sum(tf.sub(tf.mul(evenA, oddB), tf.mul(oddA, evenB)), -1);
  return tf.add(tf.sub(scoreA, scoreB), cyclic) as tf.Tensor1D;
}
