import * as tf from '@tensorflow/tfjs-core';

import { whileLoop } from '../engine/index.ts';

/** Which tokens may be drawn. Each filter looks at what those before it left: top-k, then top-p, then min-p. */
export interface TokenFilters {
  /** The k most likely tokens, and those as likely as the k-th. Default: all. */
  topK?: number;
  /**
   * The fewest most likely tokens whose probabilities sum up to at least this, and those as likely as the last of them
   * (Holtzman et al. 2020, arXiv:1904.09751, section 3.1). Default 1: all.
   */
  topP?: number;
  /**
   * Tokens whose probability is at least this share of that of the most likely one (Nguyen et al. 2024,
   * arXiv:2407.01082). Default 0: all.
   */
  minP?: number;
}

/** Halvings of the interval in which the threshold of top-p lies: float32 has no more digits. */
const HALVINGS = 26;

/**
 * Weights of the tokens that the filters keep; 0 for the others.
 *
 * The same tokens as with transformers' processors in their order, but that top-p keeps all tokens that tie with its
 * last one, where transformers keeps those its sort happens to put first. Scores nearer to each other than 1e-6 may count
 * as tied in top-p: its threshold is found by halving, because sorting a vocabulary of 16384 takes twenty times as long.
 *
 * @param scores [B, V], after temperature, the largest of each row 0
 * @returns [B, V], exp(scores) or 0; no sum is taken
 */
export function keptWeights(scores: tf.Tensor2D, filters: TokenFilters): tf.Tensor2D {
  const { topK = Infinity, topP = 1, minP = 0 } = filters;
  const vocabulary = scores.shape[1];
  let weights = tf.exp(scores);
  const keep = (threshold: tf.Tensor): void => {
    weights = tf.where(tf.greaterEqual(scores, threshold), weights, tf.zerosLike(weights));
  };
  if (topK < vocabulary) {
    // The minimum, though the values are sorted: of a slice of one value XLA makes a sort of the whole vocabulary.
    keep(tf.min(tf.topk(scores, topK).values, -1, true));
  }
  if (topP < 1) keep(nucleusThreshold(scores, weights, topP));
  if (minP > 0) weights = tf.where(tf.greaterEqual(weights, minP), weights, tf.zerosLike(weights));
  return weights;
}

/**
 * The largest t for which the tokens with scores of at least t have the share `topP` of all weight, [B, 1].
 *
 * All tokens below -ln(V / (1 - topP)) together weigh less than 1 - topP, and the largest alone weighs 1: t lies above.
 */
function nucleusThreshold(scores: tf.Tensor2D, weights: tf.Tensor2D, topP: number): tf.Tensor {
  const vocabulary = scores.shape[1];
  // What goes is summed up, not what stays: sums of small numbers are rounded less.
  const dispensable = tf.mul(tf.sum(weights, -1, true), 1 - topP);
  const zeros = tf.zerosLike(dispensable);
  const found = whileLoop(
    ({ halvings }) => tf.less(halvings, tf.scalar(HALVINGS, 'int32')),
    ({ low, high, halvings }) => {
      const middle = tf.mul(tf.add(low, high), 0.5);
      const below = tf.where(tf.less(scores, middle), weights, tf.zerosLike(weights));
      const enough = tf.lessEqual(tf.sum(below, -1, true), dispensable);
      return {
        low: tf.where(enough, middle, low),
        high: tf.where(enough, high, middle),
        halvings: tf.add(halvings, tf.scalar(1, 'int32')),
      };
    },
    {
      low: tf.sub(zeros, Math.log(vocabulary / (1 - topP)) + 1),
      high: tf.add(zeros, 1e-3),
      halvings: tf.scalar(0, 'int32'),
    },
  );
  return found.low;
}
