import * as tf from '@tensorflow/tfjs-core';

import { MASKED } from '../layers/attention.ts';
import type { DebertaConfig } from './debertaConfig.ts';
import { positionRow, type RelativePositions } from './relativePositions.ts';

/**
 * Places in one block: products with relative positions grow with block plus length, not with twice the length. Shorter blocks
 * are slower again, as each is an operation.
 */
const BLOCK = 64;

/** Relative positions of one layer as keys and as scaled queries, each [heads, 2 span, headSize]; absent where it has none. */
export interface PositionHeads {
  keys?: tf.Tensor3D;
  queries?: tf.Tensor3D;
  [name: string]: tf.Tensor;
}

/** Scaled queries, keys and values of one layer, each [heads, B * T, headSize]. */
export interface ContentHeads {
  queries: tf.Tensor3D;
  keys: tf.Tensor3D;
  values: tf.Tensor3D;
}

/** What queries are scaled by, of content and of positions: 1 / sqrt(headSize * number of terms of a score). */
export function queryScale(config: DebertaConfig): number {
  const terms = 1 + (config.contentToPosition ? 1 : 0) + (config.positionToContent ? 1 : 0);
  return 1 / Math.sqrt(config.headSize * terms);
}

/**
 * Attention whose scores add, to content against content, content against relative positions (c2p) and relative positions
 * against content (p2c).
 *
 * @param lengths [B] int32: keys from there on are padding
 * @returns [heads, B * T, headSize]
 * @see He et al. 2021, arXiv:2006.03654, section 3.1
 */
export function disentangledAttention(
  { queries, keys, values }: ContentHeads,
  positions: PositionHeads,
  relative: RelativePositions,
  lengths: tf.Tensor1D,
): tf.Tensor3D {
  const [heads, rows, size] = queries.shape;
  const batch = lengths.shape[0];
  const length = rows / batch;
  const byRow = (x: tf.Tensor): tf.Tensor4D => tf.reshape(x, [heads, batch, length, size]);
  const mask = tf.reshape(paddingMask(lengths, length), [1, batch, 1, length]);
  const [queryRows, keyRows, valueRows] = [byRow(queries), byRow(keys), byRow(values)];
  // The last query of a block against the first key has the largest distance, and comes first.
  const seen = positions.keys && distanceScores(queryRows, positions.keys, relative, -1);
  const looking = positions.queries && distanceScores(keyRows, positions.queries, relative, 1);
  const byQuery = looking && tf.transpose(tf.concat(looking, 2), [0, 1, 3, 2]);
  const outputs = startsOf(length).map((start, i) => {
    const block = rowsFrom(queryRows, start);
    const scores = [tf.add(tf.matMul(block, keyRows, false, true), mask)];
    if (seen) scores.push(seen[i]!);
    if (byQuery) scores.push(rowsFrom(byQuery, start));
    return tf.matMul(tf.softmax(tf.addN(scores)), valueRows);
  });
  return tf.reshape(tf.concat(outputs, 2), [heads, rows, size]);
}

const startsOf = (length: number): number[] => Array.from({ length: Math.ceil(length / BLOCK) }, (_, i) => i * BLOCK);

/** One block of x [heads, B, T, n]. */
function rowsFrom(x: tf.Tensor, start: number): tf.Tensor {
  const [heads, batch, length, size] = x.shape as [number, number, number, number];
  if (length <= BLOCK) return x;
  return tf.slice(x, [0, 0, start, 0], [heads, batch, Math.min(BLOCK, length - start), size]);
}

/**
 * Products of queries, or keys, with the relative positions of all places that they meet.
 *
 * @param x [heads, B, T, headSize]
 * @param sign of the distance when the other place moves to the right: -1 for queries (query minus key), 1 for keys
 * @returns per block of x its products, [heads, B, block, T]
 */
function distanceScores(x: tf.Tensor4D, table: tf.Tensor3D, relative: RelativePositions, sign: 1 | -1): tf.Tensor4D[] {
  const [heads, batch, length, size] = x.shape;
  return startsOf(length).map((start) => {
    const count = Math.min(BLOCK, length - start);
    const last = start + count - 1;
    const rows = Int32Array.from({ length: count + length - 1 }, (_, i) => positionRow(sign * (i - last), relative));
    const met = tf.gather(table, tf.tensor1d(rows, 'int32'), 1);
    // All texts of a head at once: the portable backends take [heads, 1] against [heads, B] for something else.
    const block = tf.reshape(rowsFrom(x, start), [heads, batch * count, size]);
    const products = tf.matMul(block, met, false, true);
    return skewed(tf.reshape(products, [heads, batch, count, rows.length]), length);
  });
}

/** 0 at real keys, `MASKED` at padding, [B, T]. */
function paddingMask(lengths: tf.Tensor1D, length: number): tf.Tensor {
  const places = tf.reshape(tf.range(0, length, 1, 'int32'), [1, length]);
  const real = tf.less(places, tf.reshape(lengths, [-1, 1]));
  return tf.where(real, 0, MASKED);
}

/**
 * Moves row i of [..., R, R + S - 1] to the left by R - 1 - i, and keeps S columns: what stands at a distance comes to stand
 * at a place. In memory it is no more than a cut and rows one shorter.
 */
function skewed(x: tf.Tensor, columns: number): tf.Tensor4D {
  const [heads, batch, rows, width] = x.shape as [number, number, number, number];
  const flat = tf.reshape(x, [heads, batch, rows * width]);
  const cut = tf.slice(flat, [0, 0, rows - 1], [-1, -1, rows * (width - 1)]);
  const moved = tf.reshape(cut, [heads, batch, rows, width - 1]);
  return tf.slice(moved, [0, 0, 0, 0], [-1, -1, -1, columns]) as tf.Tensor4D;
}
