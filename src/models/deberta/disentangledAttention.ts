import * as tf from '@tensorflow/tfjs-core';

import { MASKED } from '../layers/attention.ts';
import { positionRow, type RelativePositions } from './relativePositions.ts';

/** Queries in one block: the products with relative positions grow with block plus length, not with twice the length. */
const BLOCK = 256;

/** Relative positions of one layer as keys and as queries, each [heads, 2 span, headSize]; null where it has none. */
export interface PositionHeads {
  keys: tf.Tensor3D | null;
  queries: tf.Tensor3D | null;
}

/** Queries, keys and values of one layer, each [heads, B * T, headSize]. */
export interface ContentHeads {
  queries: tf.Tensor3D;
  keys: tf.Tensor3D;
  values: tf.Tensor3D;
}

/**
 * Attention whose scores add, to content against content, content against relative positions (c2p) and relative positions
 * against content (p2c), over sqrt(headSize * number of terms).
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
  const terms = 1 + (positions.keys ? 1 : 0) + (positions.queries ? 1 : 0);
  const byRow = (x: tf.Tensor, width: number): tf.Tensor4D => tf.reshape(x, [heads, batch, -1, width]);
  const mask = tf.reshape(paddingMask(lengths, length), [1, batch, 1, length]);
  const scaled = byRow(tf.mul(queries, 1 / Math.sqrt(size * terms)), size);
  const [keyRows, valueRows] = [byRow(keys, size), byRow(values, size)];
  const blocks: tf.Tensor[] = [];
  for (let start = 0; start < length; start += BLOCK) {
    const count = Math.min(BLOCK, length - start);
    const block = count === length ? scaled : tf.slice(scaled, [0, 0, start, 0], [-1, -1, count, -1]);
    let scores: tf.Tensor = tf.add(tf.matMul(block, keyRows, false, true), mask);
    if (positions.keys) {
      // Distances fall from left to right: the last query against the first key comes first.
      const far = positionRows(positions.keys, start + count - 1, count + length - 1, -1, relative);
      scores = tf.add(scores, skewed(tf.matMul(block, far, false, true), length));
    }
    if (positions.queries) {
      const far = positionRows(positions.queries, start - length + 1, count + length - 1, 1, relative);
      const products = skewed(tf.matMul(keyRows, far, false, true), count);
      scores = tf.add(scores, tf.mul(tf.transpose(products, [0, 1, 3, 2]), 1 / Math.sqrt(size * terms)));
    }
    blocks.push(tf.matMul(tf.softmax(scores), valueRows));
  }
  return tf.reshape(blocks.length === 1 ? blocks[0]! : tf.concat(blocks, 2), [heads, rows, size]);
}

/** 0 at real keys, `MASKED` at padding, [B, T]. */
function paddingMask(lengths: tf.Tensor1D, length: number): tf.Tensor {
  const places = tf.reshape(tf.range(0, length, 1, 'int32'), [1, length]);
  const real = tf.less(places, tf.reshape(lengths, [-1, 1]));
  return tf.where(real, 0, MASKED);
}

/** The table's rows for `count` distances from `first` on, [heads, 1, count, headSize]. */
function positionRows(
  table: tf.Tensor3D,
  first: number,
  count: number,
  step: 1 | -1,
  relative: RelativePositions,
): tf.Tensor4D {
  const rows = Int32Array.from({ length: count }, (_, i) => positionRow(first + step * i, relative));
  return tf.expandDims(tf.gather(table, tf.tensor1d(rows, 'int32'), 1), 1) as tf.Tensor4D;
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
