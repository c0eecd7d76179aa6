import * as tf from '@tensorflow/tfjs-core';

import { capped } from '../models/index.ts';

/** Rows of logits that exist at a time, forward and backward. */
const CHUNK_ROWS = 512;

/**
 * Log-probabilities of target tokens from hidden states, without ever holding all logits: the forward pass keeps one
 * number a row (the log of the normalizer), and the backward pass computes the logits of each chunk again.
 *
 *   logp_t = h_t . W[y_t] - log sum_v exp(h_t . W[v])
 *   d logp_t / d h_t = W[y_t] - sum_v p_v W[v],    d logp_t / d W[v] = (1[v = y_t] - p_v) h_t
 *
 * With a soft cap the logits are l' = c tanh(l / c), and dl' / dl = 1 - (l' / c)^2.
 *
 * @param hidden [N, D]
 * @param embedding [V, D]
 * @param targets [N] int32
 * @param softcap c, or null
 * @returns [N], nats
 */
export function tokenLogProbs(
  hidden: tf.Tensor2D,
  embedding: tf.Tensor2D,
  targets: tf.Tensor1D,
  softcap: number | null = null,
): tf.Tensor1D {
  const op = tf.customGrad((h: tf.Tensor | tf.GradSaveFunc, w: tf.Tensor | tf.GradSaveFunc, save) => {
    const rows = h as tf.Tensor2D;
    const matrix = w as tf.Tensor2D;
    const normalizers = chunksOf(rows.shape[0]).map(({ start, length }) => {
      const chunk = tf.slice(rows, [start, 0], [length, rows.shape[1]]);
      return tf.logSumExp(capped(tf.matMul(chunk, matrix, false, true), softcap), -1);
    });
    const normalizer = tf.concat(normalizers);
    const target = capped(tf.sum(tf.mul(rows, tf.gather(matrix, targets)), -1), softcap);
    // Saved, not closed over: tfjs frees what the forward pass made unless it is saved.
    (save as tf.GradSaveFunc)([rows, matrix, normalizer, targets, target]);
    return {
      value: tf.sub(target, normalizer),
      gradFunc: (upstream, saved) => logProbGradients(upstream as tf.Tensor1D, saved, softcap),
    };
  });
  return op(hidden, embedding) as tf.Tensor1D;
}

function chunksOf(rows: number): { start: number; length: number }[] {
  const count = Math.ceil(rows / CHUNK_ROWS);
  return Array.from({ length: count }, (_, i) => {
    const start = i * CHUNK_ROWS;
    return { start, length: Math.min(CHUNK_ROWS, rows - start) };
  });
}

function logProbGradients(upstream: tf.Tensor1D, saved: tf.Tensor[], softcap: number | null): tf.Tensor[] {
  const [hidden, embedding, normalizer, targets, target] = saved as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor1D,
    tf.Tensor1D,
    tf.Tensor1D,
  ];
  const [rows, width] = hidden.shape;
  const scale = tf.reshape(upstream, [rows, 1]);
  const hiddenGradients: tf.Tensor2D[] = [];
  let expected: tf.Tensor | null = null;
  for (const { start, length } of chunksOf(rows)) {
    const chunk = tf.slice(hidden, [start, 0], [length, width]);
    const logits = capped(tf.matMul(chunk, embedding, false, true), softcap);
    const probabilities = tf.exp(tf.sub(logits, tf.reshape(tf.slice(normalizer, [start], [length]), [length, 1])));
    const weighted = throughCap(
      tf.mul(probabilities, tf.slice(scale, [start, 0], [length, 1])),
      logits,
      softcap,
    ) as tf.Tensor2D;
    hiddenGradients.push(tf.matMul(weighted, embedding));
    const part = tf.matMul(weighted, chunk, true, false);
    expected = expected ? tf.add(expected, part) : part;
  }
  const observedScale = throughCap(scale, tf.reshape(target, [rows, 1]), softcap);
  const observedHidden = tf.mul(tf.gather(embedding, targets), observedScale);
  const observed = tf.unsortedSegmentSum(tf.mul(hidden, observedScale), targets, embedding.shape[0]);
  return [tf.sub(observedHidden, tf.concat2d(hiddenGradients, 0)), tf.sub(observed, expected!)];
}

/**
 * Sum over the vocabulary of p^2 at each row, as a constant: exp(logsumexp(2 l) - 2 logsumexp(l)) of the logits l.
 *
 * @param hidden [N, D]
 * @param embedding [V, D]
 * @returns [N]
 */
export function sumOfSquaredProbabilities(
  hidden: tf.Tensor2D,
  embedding: tf.Tensor2D,
  softcap: number | null = null,
): tf.Tensor1D {
  const op = tf.customGrad((h: tf.Tensor | tf.GradSaveFunc, w: tf.Tensor | tf.GradSaveFunc, save) => {
    const [rows, matrix] = [h as tf.Tensor2D, w as tf.Tensor2D];
    (save as tf.GradSaveFunc)([rows, matrix]);
    const sums = chunksOf(rows.shape[0]).map(({ start, length }) => {
      const chunk = tf.slice(rows, [start, 0], [length, rows.shape[1]]);
      const logits = capped(tf.matMul(chunk, matrix, false, true), softcap);
      return tf.exp(tf.sub(tf.logSumExp(tf.mul(logits, 2), -1), tf.mul(tf.logSumExp(logits, -1), 2)));
    });
    return { value: tf.concat(sums), gradFunc: (_, saved) => saved.map((tensor) => tf.zerosLike(tensor)) };
  });
  return op(hidden, embedding) as tf.Tensor1D;
}

/** Passes a gradient back through the soft cap that gave `values`. */
function throughCap(gradient: tf.Tensor, values: tf.Tensor, softcap: number | null): tf.Tensor {
  return softcap === null ? gradient : tf.mul(gradient, tf.sub(1, tf.square(tf.div(values, softcap))));
}
