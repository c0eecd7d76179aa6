import * as tf from '@tensorflow/tfjs-core';

import type { LlamaConfig } from './llamaConfig.ts';

/** Weights by their names in the Hugging Face file, such as `model.layers.0.self_attn.q_proj.weight` [out, in]. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** Rotary tables for the positions in use: cosines and sines, each broadcastable to [B, heads, T, headSize / 2]. */
export interface Rotary {
  cos: tf.Tensor;
  sin: tf.Tensor;
}

/**
 * Attends from the queries of one layer. Shapes: queries [B, heads, T, headSize]; keys and values [B, keyValueHeads, T,
 * headSize], rotary applied. Returns [B, heads, T, headSize].
 */
export type Attend = (layer: number, queries: tf.Tensor4D, keys: tf.Tensor4D, values: tf.Tensor4D) => tf.Tensor4D;

/** Names and shapes of all weights, in the order in which they are stored. */
export function llamaWeightShapes(config: LlamaConfig): Map<string, number[]> {
  const { hiddenSize: d, intermediateSize: f, headSize, heads, keyValueHeads } = config;
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [config.vocabSize, d]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    shapes.set(`${prefix}input_layernorm.weight`, [d]);
    shapes.set(`${prefix}self_attn.q_proj.weight`, [heads * headSize, d]);
    shapes.set(`${prefix}self_attn.k_proj.weight`, [keyValueHeads * headSize, d]);
    shapes.set(`${prefix}self_attn.v_proj.weight`, [keyValueHeads * headSize, d]);
    shapes.set(`${prefix}self_attn.o_proj.weight`, [d, heads * headSize]);
    shapes.set(`${prefix}post_attention_layernorm.weight`, [d]);
    shapes.set(`${prefix}mlp.gate_proj.weight`, [f, d]);
    shapes.set(`${prefix}mlp.up_proj.weight`, [f, d]);
    shapes.set(`${prefix}mlp.down_proj.weight`, [d, f]);
  }
  shapes.set('model.norm.weight', [d]);
  if (!config.tiedEmbeddings) shapes.set('lm_head.weight', [config.vocabSize, d]);
  return shapes;
}

/** The matrix [vocabulary, hidden] that turns hidden states into logits. */
export function outputEmbedding(config: LlamaConfig, weights: Weights): tf.Tensor2D {
  return weights[config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight'] as tf.Tensor2D;
}

/** Cosines and sines for positions 0 to `length` - 1, each [length, headSize / 2], as plain numbers. */
export function rotaryTable(config: LlamaConfig, length: number): { cos: Float32Array; sin: Float32Array } {
  const half = config.headSize / 2;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      // transformers computes the frequencies in float32; so do we, to agree at long distances.
      const frequency = Math.fround(1 / Math.fround(config.ropeTheta ** Math.fround((2 * i) / config.headSize)));
      const angle = Math.fround(position * frequency);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))), weight);
}

/** x [B, T, in] times the transpose of weight [out, in]. */
function linear(x: tf.Tensor, weight: tf.Tensor): tf.Tensor3D {
  const [batch, length, width] = x.shape as [number, number, number];
  const flat = tf.matMul(tf.reshape(x, [batch * length, width]), weight, false, true);
  return tf.reshape(flat, [batch, length, weight.shape[0]]);
}

function splitHeads(x: tf.Tensor3D, headSize: number): tf.Tensor4D {
  const [batch, length, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, length, width / headSize, headSize]), [0, 2, 1, 3]);
}

/** Rotary position embedding in the "rotate half" layout (Su et al. 2021, arXiv:2104.09864; transformers' order). */
function applyRotary(x: tf.Tensor4D, { cos, sin }: Rotary): tf.Tensor4D {
  const [batch, heads, length, size] = x.shape;
  const part = [batch, heads, length, size / 2] as const;
  const first = tf.slice(x, [0, 0, 0, 0], [...part]);
  const second = tf.slice(x, [0, 0, 0, size / 2], [...part]);
  return tf.concat(
    [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))] as tf.Tensor4D[],
    3,
  );
}

/**
 * Runs the decoder over token ids.
 *
 * @param ids [B, T], int32
 * @param attend attention of each layer, with or without a cache
 * @returns hidden states after the last norm, [B, T, hiddenSize]
 */
export function llamaHidden(
  config: LlamaConfig,
  weights: Weights,
  ids: tf.Tensor2D,
  rotary: Rotary,
  attend: Attend,
): tf.Tensor3D {
  const { headSize, normEpsilon } = config;
  const [batch, length] = ids.shape;
  let x: tf.Tensor = tf.gather(weights['model.embed_tokens.weight']!, ids);
  for (let layer = 0; layer < config.layers; layer++) {
    const weight = (name: string): tf.Tensor => weights[`model.layers.${layer}.${name}.weight`]!;
    const normed = rmsNorm(x, weight('input_layernorm'), normEpsilon);
    const project = (name: string): tf.Tensor4D => splitHeads(linear(normed, weight(`self_attn.${name}`)), headSize);
    const mixed = attend(
      layer,
      applyRotary(project('q_proj'), rotary),
      applyRotary(project('k_proj'), rotary),
      project('v_proj'),
    );
    const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, length, config.heads * headSize]);
    x = tf.add(x, linear(joined, weight('self_attn.o_proj')));
    const normedAgain = rmsNorm(x, weight('post_attention_layernorm'), normEpsilon);
    const gate = linear(normedAgain, weight('mlp.gate_proj'));
    const up = linear(normedAgain, weight('mlp.up_proj'));
    x = tf.add(x, linear(tf.mul(tf.mul(gate, tf.sigmoid(gate)), up), weight('mlp.down_proj')));
  }
  return rmsNorm(x, weights['model.norm.weight']!, normEpsilon) as tf.Tensor3D;
}

/**
 * Grouped-query attention: each key/value head serves heads / keyValueHeads query heads.
 *
 * @param mask added to the scores, broadcastable to [B, keyValueHeads, group, T, S]; large negative where not allowed
 */
export function groupedAttention(
  queries: tf.Tensor4D,
  keys: tf.Tensor4D,
  values: tf.Tensor4D,
  mask: tf.Tensor,
): tf.Tensor4D {
  const [batch, heads, length, size] = queries.shape;
  const [, keyValueHeads, keyLength] = keys.shape;
  const group = heads / keyValueHeads;
  const grouped = tf.reshape(queries, [batch, keyValueHeads, group * length, size]);
  const scores = tf.mul(tf.matMul(grouped, keys, false, true), 1 / Math.sqrt(size));
  const masked = tf.add(tf.reshape(scores, [batch, keyValueHeads, group, length, keyLength]), mask);
  const probabilities = tf.reshape(tf.softmax(masked), [batch, keyValueHeads, group * length, keyLength]);
  return tf.reshape(tf.matMul(probabilities as tf.Tensor4D, values), [batch, heads, length, size]);
}

/** A large negative number instead of -Infinity, so that a row without any allowed position stays finite. */
export const MASKED = -1e9;

/** The causal mask of right-padded rows, [1, 1, 1, T, T]: padding lies to the right, where nothing looks. */
function causalMask(length: number): tf.Tensor {
  const values = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? MASKED : 0,
  );
  return tf.tensor(values, [1, 1, 1, length, length]);
}

/**
 * Hidden states of right-padded rows, positions from 0: the forward pass of training.
 *
 * @param ids [B, T], int32
 * @returns [B, T, hiddenSize]
 */
export function causalHidden(config: LlamaConfig, weights: Weights, ids: tf.Tensor2D): tf.Tensor3D {
  const length = ids.shape[1];
  const table = rotaryTable(config, length);
  const rotary = {
    cos: tf.tensor(table.cos, [1, 1, length, config.headSize / 2]),
    sin: tf.tensor(table.sin, [1, 1, length, config.headSize / 2]),
  };
  const mask = causalMask(length);
  return llamaHidden(config, weights, ids, rotary, (_, q, k, v) => groupedAttention(q, k, v, mask));
}
