import * as tf from '@tensorflow/tfjs-core';

import { keptWeights, type TokenFilters } from './keptWeights.ts';

/** Below one by more than the rounding of a sum, so that a draw never falls behind the last token. */
const BELOW_ONE = 1 - 2 ** -20;

/**
 * Draws one token per row by inverting the distribution function: one uniform number decides, whatever the batch.
 *
 * The vocabulary is cut into about sqrt(V) blocks; the block is found first, then the token in it, so that no running
 * sum over the whole vocabulary is needed.
 *
 * @param logits [B, V]
 * @param uniforms [B], in [0, 1)
 * @param temperature > 0; 0 takes the most likely token
 * @param options.filters which tokens may be drawn; default all
 * @param options.scores [B, V], what to draw from instead of the logits
 * @returns tokens [B] int32, and their log-probabilities [B] in nats under the policy itself (temperature 1)
 */
export function drawToken(
  logits: tf.Tensor2D,
  uniforms: tf.Tensor1D,
  temperature: number,
  options: { filters?: TokenFilters; scores?: tf.Tensor2D } = {},
): { tokens: tf.Tensor1D; logProbs: tf.Tensor1D } {
  const { filters = {}, scores = logits } = options;
  const tokens = temperature === 0 ? tf.argMax(scores, -1) : invert(scores, uniforms, temperature, filters);
  const batch = logits.shape[0];
  const chosen = tf.reshape(tf.gather(logits, tf.reshape(tokens, [batch, 1]), 1, 1), [batch]);
  return { tokens: tokens as tf.Tensor1D, logProbs: tf.sub(chosen, tf.logSumExp(logits, -1)) };
}

function invert(scores: tf.Tensor2D, uniforms: tf.Tensor1D, temperature: number, filters: TokenFilters): tf.Tensor {
  const [batch, vocabulary] = scores.shape;
  const width = Math.ceil(Math.sqrt(vocabulary));
  const blocks = Math.ceil(vocabulary / width);
  const peak = tf.max(scores, -1, true);
  const weights = keptWeights(tf.div(tf.sub(scores, peak), temperature), filters);
  const padded = tf.reshape(
    tf.pad(weights, [
      [0, 0],
      [0, blocks * width - vocabulary],
    ]),
    [batch, blocks, width],
  );
  const upTo = runningSums(tf.sum(padded, -1) as tf.Tensor2D);
  const total = tf.slice(upTo, [0, blocks - 1], [batch, 1]);
  const target = tf.mul(tf.mul(tf.reshape(uniforms, [batch, 1]), BELOW_ONE), total);
  const block = countBelow(upTo, target);
  const before = tf.slice(
    tf.pad(upTo, [
      [0, 0],
      [1, 0],
    ]),
    [0, 0],
    [batch, blocks],
  );
  const rest = tf.sub(target, tf.gather(before, block, 1, 1));
  const inBlock = runningSums(tf.reshape(tf.gather(padded, block, 1, 1), [batch, width]));
  // The block's own sum may round differently; a draw must not fall behind its last token that has any weight.
  const most = tf.mul(tf.slice(inBlock, [0, width - 1], [batch, 1]), BELOW_ONE);
  const index = countBelow(inBlock, tf.minimum(rest, most));
  const token = tf.add(tf.mul(block, tf.scalar(width, 'int32')), index);
  return tf.minimum(tf.reshape(token, [batch]), tf.scalar(vocabulary - 1, 'int32'));
}

/**
 * Cumulative sums along rows: each sum of its own, as XLA's cumulative sum on a CPU is slow. Not as a matrix product, which
 * would be rounded to bfloat16 where that is on. The sums never decrease: all add up in the same order.
 */
function runningSums(x: tf.Tensor2D): tf.Tensor2D {
  const [batch, n] = x.shape;
  const upTo = tf.tensor2d(
    Float32Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? 1 : 0)),
    [n, n],
  );
  return tf.sum(tf.mul(tf.reshape(x, [batch, 1, n]), upTo), -1);
}

/** How many sums of each row lie at or below its target, at most the last index: [B, 1] int32. */
function countBelow(sums: tf.Tensor2D, target: tf.Tensor): tf.Tensor2D {
  const count = tf.sum(tf.cast(tf.lessEqual(sums, target), 'int32'), -1, true);
  return tf.minimum(count, tf.scalar(sums.shape[1] - 1, 'int32')) as tf.Tensor2D;
}
