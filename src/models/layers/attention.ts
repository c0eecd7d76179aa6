import * as tf from '@tensorflow/tfjs-core';

import type { Linear } from './linear.ts';
import type { Norm } from './norms.ts';
import { weightsOf, type Module, type Weights } from './weights.ts';

/** Heads of one layer: queries [B, heads, T, headSize]; keys and values [B, keyValueHeads, T, headSize]. */
export interface Heads {
  queries: tf.Tensor4D;
  keys: tf.Tensor4D;
  values: tf.Tensor4D;
}

/** How the heads of one layer attend. */
export interface AttentionRule {
  /** Scores are multiplied by it; as a rule 1 / sqrt(headSize). */
  scale: number;
  /** Scores s become c tanh(s / c); null leaves them. */
  softcap: number | null;
  /** A token sees the last this many tokens, itself included; null: all of them. */
  window: number | null;
}

/** The projections around the attention of a layer. */
export interface Attention extends Module {
  readonly rule: AttentionRule;
  readonly linears: readonly Linear[];
  /** x [B, T, D]; before rotary positions. */
  project(x: tf.Tensor, weights: Weights): Heads;
  readonly output: Linear;
}

export interface HeadSizes {
  heads: number;
  keyValueHeads: number;
  headSize: number;
}

/** Queries, keys and values from maps of their own, with optional norms over each head (Qwen 3). */
export function separateAttention(
  maps: { query: Linear; key: Linear; value: Linear; output: Linear; queryNorm?: Norm; keyNorm?: Norm },
  { headSize }: HeadSizes,
  rule: AttentionRule,
): Attention {
  const { query, key, value, output, queryNorm, keyNorm } = maps;
  return {
    rule,
    linears: [query, key, value, output],
    weights: weightsOf(query, key, value, output, queryNorm, keyNorm),
    project: (x, weights) => ({
      queries: normed(splitHeads(query.apply(x, weights), headSize), queryNorm, weights),
      keys: normed(splitHeads(key.apply(x, weights), headSize), keyNorm, weights),
      values: splitHeads(value.apply(x, weights), headSize),
    }),
    output,
  };
}

function normed(x: tf.Tensor4D, norm: Norm | undefined, weights: Weights): tf.Tensor4D {
  return norm ? (norm.apply(x, weights) as tf.Tensor4D) : x;
}

/** All queries, then all keys, then all values, from one map (GPT-2, Phi-3). */
export function stackedAttention(joined: Linear, output: Linear, sizes: HeadSizes, rule: AttentionRule): Attention {
  const { heads, keyValueHeads, headSize } = sizes;
  const widths = [heads * headSize, keyValueHeads * headSize, keyValueHeads * headSize];
  return {
    rule,
    linears: [joined, output],
    weights: weightsOf(joined, output),
    project: (x, weights) => {
      const [queries, keys, values] = tf
        .split(joined.apply(x, weights), widths, -1)
        .map((part) => splitHeads(part as tf.Tensor3D, headSize)) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      return { queries, keys, values };
    },
    output,
  };
}

/** Query, key and value of the first head, then of the second and so on, from one map (GPT-NeoX). */
export function interleavedAttention(joined: Linear, output: Linear, sizes: HeadSizes, rule: AttentionRule): Attention {
  const { heads, headSize } = sizes;
  return {
    rule,
    linears: [joined, output],
    weights: weightsOf(joined, output),
    project: (x, weights) => {
      const [batch, length] = x.shape as [number, number, number];
      const perHead = tf.reshape(joined.apply(x, weights), [batch, length, heads, 3 * headSize]);
      const [queries, keys, values] = tf.split(perHead, 3, -1).map((part) => tf.transpose(part, [0, 2, 1, 3])) as [
        tf.Tensor4D,
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      return { queries, keys, values };
    },
    output,
  };
}

/** [B, T, heads * size] to [B, heads, T, size]. */
function splitHeads(x: tf.Tensor3D, headSize: number): tf.Tensor4D {
  const [batch, length, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, length, width / headSize, headSize]), [0, 2, 1, 3]);
}

/** [B, heads, T, size] to [B, T, heads * size]. */
export function joinHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, length, size] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, length, heads * size]);
}

/** A large negative number instead of -Infinity, so that a row without any allowed position stays finite. */
export const MASKED = -1e9;

/**
 * Grouped-query attention: each key/value head serves heads / keyValueHeads query heads.
 *
 * @param heads rotary positions applied; keys and values may be longer than the queries (a cache)
 * @param mask added to the scores, broadcastable to [B, keyValueHeads, group, T, S]; `MASKED` where not allowed
 * @returns [B, heads, T, headSize]
 */
export function groupedAttention({ queries, keys, values }: Heads, rule: AttentionRule, mask: tf.Tensor): tf.Tensor4D {
  const [batch, heads, length, size] = queries.shape;
  const [, keyValueHeads, keyLength] = keys.shape;
  const group = heads / keyValueHeads;
  // Queries are scaled, not scores, of which there are many more.
  const grouped = tf.reshape(tf.mul(queries, rule.scale), [batch, keyValueHeads, group * length, size]);
  const scores = capped(tf.matMul(grouped, keys, false, true), rule.softcap);
  const masked = tf.add(tf.reshape(scores, [batch, keyValueHeads, group, length, keyLength]), mask);
  const probabilities = tf.reshape(tf.softmax(masked), [batch, keyValueHeads, group * length, keyLength]);
  return tf.reshape(tf.matMul(probabilities as tf.Tensor4D, values), [batch, heads, length, size]);
}

/** Rows up to this length attend as a whole, longer ones in up to `MOST_BLOCKS` blocks of queries, none shorter than this. */
const LEAST_BLOCK = 256;
const MOST_BLOCKS = 8;

/**
 * As `groupedAttention` where no query may see a key behind its own place, which `mask` says too. The queries of long rows attend
 * block by block, each to the keys up to its end: with four blocks 10/16 of the work and memory, with eight 9/16. Windows are left to the mask:
 * in packed rows places tell nothing of distances.
 *
 * @param heads as many keys as queries, T
 * @param mask [1 or B, 1, 1, T, T]
 */
export function causalAttention(heads: Heads, rule: AttentionRule, mask: tf.Tensor): tf.Tensor4D {
  const blocks = queryBlocks(heads.queries.shape[2]);
  if (blocks.length === 1) return groupedAttention(heads, rule, mask);
  const mixed = blocks.map(([start, end]) => {
    const queries = part(heads.queries, start, end);
    const [keys, values] = [part(heads.keys, 0, end), part(heads.values, 0, end)];
    const visible = tf.slice(mask, [0, 0, 0, start, 0], [-1, 1, 1, end - start, end]);
    return groupedAttention({ queries, keys, values }, rule, visible);
  });
  return tf.concat(mixed, 2);
}

/** Where the blocks of a row's queries begin and end. */
function queryBlocks(length: number): [start: number, end: number][] {
  const size = Math.max(LEAST_BLOCK, Math.ceil(length / MOST_BLOCKS));
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => [i * size, Math.min((i + 1) * size, length)]);
}

/** Scores that `causalAttention` computes for a head of a row. */
export const causalScores = (length: number): number =>
  queryBlocks(length).reduce((sum, [start, end]) => sum + (end - start) * end, 0);

/** Places `from` to `to` of each head. */
function part(x: tf.Tensor4D, from: number, to: number): tf.Tensor4D {
  return tf.slice(x, [0, 0, from, 0], [-1, -1, to - from, -1]);
}

/** Keeps values softly within [-cap, cap] (Gemma 2, arXiv:2408.00118, section 2). */
export function capped(x: tf.Tensor, cap: number | null): tf.Tensor {
  return cap === null ? x : tf.mul(tf.tanh(tf.div(x, cap)), cap);
}
