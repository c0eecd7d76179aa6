import * as tf from '@tensorflow/tfjs-core';

import { causalHidden, type DecoderConfig, type Weights } from '../models/index.ts';

/** Planes of the cyclic part: each pair of numbers can hold a rock-paper-scissors circle. */
const PLANES = 4;

/** Numbers per answer: one score, and two for each plane. */
export const PREFERENCE_WIDTH = 1 + 2 * PLANES;

export const HEAD_WEIGHT = 'preference_head.weight';

/** Answers as tensors: token ids [B, T] int32, and 1 / (answer length) at the answer's tokens, 1 at its last, [B, T]. */
export interface AnswerTensors {
  ids: tf.Tensor2D;
  share: tf.Tensor2D;
  last: tf.Tensor2D;
  [name: string]: tf.Tensor;
}

/**
 * Embeds answers for pairwise preference: a causal decoder reads prompt and answer; its states, averaged over the answer
 * and at the answer's last token, go through a linear head [PREFERENCE_WIDTH, 2 hiddenSize].
 *
 * @returns [B, PREFERENCE_WIDTH]
 */
export function preferenceEmbedding(config: DecoderConfig, weights: Weights, answers: AnswerTensors): tf.Tensor2D {
  const [rows, length] = answers.ids.shape;
  const hidden = causalHidden(config, weights, answers.ids);
  const pool = (share: tf.Tensor2D): tf.Tensor2D =>
    tf.sum(tf.mul(hidden, tf.reshape(share, [rows, length, 1])), 1) as tf.Tensor2D;
  const pooled = tf.concat2d([pool(answers.share), pool(answers.last)], 1);
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
