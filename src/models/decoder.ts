import * as tf from '@tensorflow/tfjs-core';

import type { DecoderConfig } from './decoderConfig.ts';
import { capped, causalAttention, MASKED, type AttentionRule, type Heads } from './layers/attention.ts';
import { ADAPTER_DROPOUT, adapterNames } from './layers/adapter.ts';
import type { DecoderLayer } from './layers/decoderLayer.ts';
import { applyRotary, rotaryTable, type RotaryAngles } from './layers/rotary.ts';
import type { Weights, WeightSpec } from './layers/weights.ts';
import { recomputed } from './recomputed.ts';

/** Positions in use, as layers need them. */
export interface Positions {
  /** [B, T] or [1, T], int32, for learned positions. */
  indices: tf.Tensor2D;
  /** null where the model has none. */
  angles: RotaryAngles | null;
}

/**
 * Attends in a layer, rotary positions applied, with or without a cache. Returns [B, heads, T, headSize].
 *
 * @param constants the tensors that `recompute` names for the layer, which are to be used instead of one's own
 */
export type Attend = (layer: number, heads: Heads, constants?: readonly tf.Tensor[]) => tf.Tensor4D;

/** All weights of a decoder, in the order in which they are stored. */
export function weightSpecs(config: DecoderConfig): WeightSpec[] {
  const { embedding, layers, finalNorm, head } = config.architecture;
  const { vocabSize, hiddenSize, contextLength } = config;
  const specs: WeightSpec[] = [{ name: embedding.weight, shape: [vocabSize, hiddenSize], initial: 'normal' }];
  if (embedding.positions) {
    specs.push({ name: embedding.positions, shape: [contextLength, hiddenSize], initial: 'normal' });
  }
  specs.push(...layers.flatMap(({ weights }) => weights), ...finalNorm.weights);
  if (!config.tiedEmbeddings) specs.push({ name: head.weight, shape: [head.outputs, hiddenSize], initial: 'normal' });
  return specs;
}

/** Names and shapes of all weights. */
export function weightShapes(config: DecoderConfig): Map<string, readonly number[]> {
  return new Map(weightSpecs(config).map(({ name, shape }) => [name, shape]));
}

/** The matrix [vocabulary, hidden] that turns hidden states into logits, before `capLogits`. */
export function outputEmbedding(config: DecoderConfig, weights: Weights): tf.Tensor2D {
  const { embedding, head } = config.architecture;
  return weights[config.tiedEmbeddings ? embedding.weight : head.weight] as tf.Tensor2D;
}

/** What the model does to its logits: nothing, or a soft cap. */
export function capLogits(config: DecoderConfig, logits: tf.Tensor): tf.Tensor {
  return capped(logits, config.architecture.head.softcap);
}

/** Prepares positions up to `length`; the result looks up those in use, indices [B, T] int32. */
export function positionTable(config: DecoderConfig, length: number): (indices: tf.Tensor2D) => Positions {
  const { rotary } = config.architecture;
  if (!rotary) return (indices) => ({ indices, angles: null });
  const table = rotaryTable(rotary, length);
  const half = rotary.size / 2;
  const cos = tf.tensor2d(table.cos, [length, half]);
  const sin = tf.tensor2d(table.sin, [length, half]);
  return (indices) => {
    const shape = [indices.shape[0], 1, indices.shape[1], half];
    return {
      indices,
      angles: { cos: tf.reshape(tf.gather(cos, indices), shape), sin: tf.reshape(tf.gather(sin, indices), shape) },
    };
  };
}

/** Positions 0 to `length` - 1 of every row. */
function firstPositions(config: DecoderConfig, length: number): Positions {
  const indices = tf.tensor2d(
    Int32Array.from({ length }, (_, i) => i),
    [1, length],
    'int32',
  );
  const { rotary } = config.architecture;
  if (!rotary) return { indices, angles: null };
  const { cos, sin } = rotaryTable(rotary, length);
  const shape = [1, 1, length, rotary.size / 2];
  return { indices, angles: { cos: tf.tensor(cos, shape), sin: tf.tensor(sin, shape) } };
}

/**
 * Runs the decoder over token ids.
 *
 * @param ids [B, T], int32
 * @param attend attention of each layer
 * @param options.recompute keep only the layers' inputs for the backward pass, which computes what is inside again; gives
 *   the tensors that `attend` uses in a layer
 * @returns hidden states after the last norm, [B, T, hiddenSize]
 */
export function decoderHidden(
  config: DecoderConfig,
  weights: Weights,
  ids: tf.Tensor2D,
  { indices, angles }: Positions,
  attend: Attend,
  { recompute }: { recompute?: ((layer: number) => readonly tf.Tensor[]) | undefined } = {},
): tf.Tensor3D {
  const { embedding, layers, finalNorm } = config.architecture;
  let x: tf.Tensor = tf.gather(weights[embedding.weight]!, ids);
  if (embedding.scale !== undefined) x = tf.mul(x, embedding.scale);
  if (embedding.positions) x = tf.add(x, tf.gather(weights[embedding.positions]!, indices));
  for (const [i, layer] of layers.entries()) {
    const part: LayerPart = { layer, index: i, angles, attend };
    x = recompute ? applyAgain(part, x, weights, recompute(i)) : applyLayer(part, x, weights);
  }
  return finalNorm.apply(x, weights) as tf.Tensor3D;
}

interface LayerPart {
  layer: DecoderLayer;
  index: number;
  angles: RotaryAngles | null;
  attend: Attend;
}

function applyLayer(
  { layer, index, angles, attend }: LayerPart,
  x: tf.Tensor,
  weights: Weights,
  constants?: readonly tf.Tensor[],
): tf.Tensor {
  return layer.apply(x, weights, ({ queries, keys, values }) =>
    attend(
      index,
      angles
        ? { queries: applyRotary(queries, angles), keys: applyRotary(keys, angles), values }
        : { queries, keys, values },
      constants,
    ),
  );
}

/** As {@link applyLayer}, with a backward pass that computes the layer again. */
function applyAgain(part: LayerPart, x: tf.Tensor, weights: Weights, attention: readonly tf.Tensor[]): tf.Tensor {
  const { layer, angles } = part;
  const adapters = layer.linears.flatMap(({ name }) => Object.values(adapterNames(name)));
  const trained = [...layer.weights.map(({ name }) => name), ...adapters].filter((name) => weights[name]);
  const noise = Object.values(ADAPTER_DROPOUT).filter((name) => weights[name]);
  const fn = ([input, ...values]: readonly tf.Tensor[], constants: readonly tf.Tensor[]): tf.Tensor => {
    const [cos, sin] = constants;
    const rest = constants.slice(angles ? 2 : 0);
    const turned = angles ? { cos: cos!, sin: sin! } : null;
    const all = { ...named(trained, values), ...named(noise, rest) };
    return applyLayer({ ...part, angles: turned }, input!, all, rest.slice(noise.length));
  };
  const constants = [...(angles ? [angles.cos, angles.sin] : []), ...noise.map((name) => weights[name]!), ...attention];
  return recomputed(fn, [x, ...trained.map((name) => weights[name]!)], constants);
}

function named(names: readonly string[], values: readonly tf.Tensor[]): Weights {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

/** The causal mask of right-padded rows, [1, 1, 1, T, T]: padding lies to the right, where nothing looks. */
function causalMask(length: number, window: number | null): tf.Tensor {
  const values = Float32Array.from({ length: length * length }, (_, i) => {
    const distance = Math.floor(i / length) - (i % length);
    return distance < 0 || distance >= (window ?? length) ? MASKED : 0;
  });
  return tf.tensor(values, [1, 1, 1, length, length]);
}

/**
 * Several sequences in one row, each entry [B, T] int32. A token sees those at or before its place that have its tree
 * number and lie on branch 0 or on its own branch; positions count within the sequence.
 */
export interface PackedRows {
  positions: tf.Tensor2D;
  trees: tf.Tensor2D;
  branches: tf.Tensor2D;
}

/** The mask of packed rows, [B, 1, 1, T, T]. */
function packedMask({ positions, trees, branches }: PackedRows, window: number | null): tf.Tensor {
  const [batch, length] = trees.shape;
  const ofQuery = (values: tf.Tensor2D): tf.Tensor => tf.reshape(values, [batch, 1, 1, length, 1]);
  const ofKey = (values: tf.Tensor2D): tf.Tensor => tf.reshape(values, [batch, 1, 1, 1, length]);
  const visible = [
    tf.equal(ofQuery(trees), ofKey(trees)),
    tf.logicalOr(tf.equal(ofKey(branches), 0), tf.equal(ofKey(branches), ofQuery(branches))),
    tf.equal(causalMask(length, null), 0),
  ];
  if (window !== null) visible.push(tf.less(tf.sub(ofQuery(positions), ofKey(positions)), window));
  return tf.where(visible.reduce(tf.logicalAnd), 0, MASKED);
}

/**
 * Hidden states of whole sequences, the forward pass of training: right-padded rows with positions from 0, or packed rows.
 *
 * @param ids [B, T], int32
 * @returns [B, T, hiddenSize]
 */
export function causalHidden(
  config: DecoderConfig,
  weights: Weights,
  ids: tf.Tensor2D,
  { packed, recompute }: { packed?: PackedRows | undefined; recompute?: boolean | undefined } = {},
): tf.Tensor3D {
  const length = ids.shape[1];
  const maskOf = (window: number | null): tf.Tensor =>
    packed ? packedMask(packed, window) : causalMask(length, window);
  const masks = new Map(windowsOf(config).map((window) => [window, maskOf(window)]));
  const positions = packed
    ? positionTable(config, Math.min(length, config.contextLength))(packed.positions)
    : firstPositions(config, length);
  const ruleOf = (layer: number): AttentionRule => config.architecture.layers[layer]!.rule;
  const maskIn = (layer: number): tf.Tensor => masks.get(ruleOf(layer).window)!;
  const attend: Attend = (layer, heads, constants) =>
    causalAttention(heads, ruleOf(layer), constants?.[0] ?? maskIn(layer));
  const again = recompute ? (layer: number) => [maskIn(layer)] : undefined;
  return decoderHidden(config, weights, ids, positions, attend, { recompute: again });
}

/** The different windows of a model's layers; null is none. */
export function windowsOf({ architecture }: DecoderConfig): (number | null)[] {
  return [...new Set(architecture.layers.map(({ rule }) => rule.window))];
}
