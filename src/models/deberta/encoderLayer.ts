import * as tf from '@tensorflow/tfjs-core';

import type { TensorTree } from '../../engine/index.ts';
import type { Linear } from '../layers/linear.ts';
import type { Norm } from '../layers/norms.ts';
import { weightsOf, type Weights, type WeightSpec } from '../layers/weights.ts';
import type { DebertaConfig } from './debertaConfig.ts';
import { disentangledAttention, queryScale, type PositionHeads } from './disentangledAttention.ts';
import { inferenceLayerNorm, inferenceLinear } from './inferenceLayers.ts';

/** The parts of one layer. */
interface EncoderLayer {
  query: Linear;
  key: Linear;
  value: Linear;
  /** What projects relative positions; null where the layer does not use them so. */
  positionKey: Linear | null;
  positionQuery: Linear | null;
  output: Linear;
  attentionNorm: Norm;
  /** Its output is activated. */
  up: Linear;
  down: Linear;
  norm: Norm;
}

function encoderLayer(config: DebertaConfig): EncoderLayer {
  const { hiddenSize, intermediateSize, epsilon, activation } = config;
  const { contentToPosition, positionToContent, sharedProjections } = config;
  const square = (name: string): Linear => inferenceLinear(name, hiddenSize, hiddenSize);
  const [query, key] = [square('attention.self.query_proj'), square('attention.self.key_proj')];
  const ownKey = sharedProjections ? key : square('attention.self.pos_key_proj');
  const ownQuery = sharedProjections ? query : square('attention.self.pos_query_proj');
  return {
    query,
    key,
    value: square('attention.self.value_proj'),
    positionKey: contentToPosition ? ownKey : null,
    positionQuery: positionToContent ? ownQuery : null,
    output: square('attention.output.dense'),
    attentionNorm: inferenceLayerNorm('attention.output.LayerNorm', hiddenSize, epsilon),
    up: inferenceLinear('intermediate.dense', hiddenSize, intermediateSize, activation),
    down: inferenceLinear('output.dense', intermediateSize, hiddenSize),
    norm: inferenceLayerNorm('output.LayerNorm', hiddenSize, epsilon),
  };
}

/** All weights of a layer, by the names that stand behind `encoder.layer.<i>.` */
export function layerSpecs(config: DebertaConfig): WeightSpec[] {
  const { positionKey, positionQuery, ...layer } = encoderLayer(config);
  const maps = new Set([layer.query, layer.key, positionKey, positionQuery].filter((map) => map !== null));
  const { query: _query, key: _key, ...rest } = layer;
  return weightsOf(...maps, ...Object.values(rest));
}

/** [N, heads * size] to [heads, N, size]. */
function splitHeads(x: tf.Tensor, { heads, headSize }: DebertaConfig): tf.Tensor3D {
  return tf.transpose(tf.reshape(x, [-1, heads, headSize]), [1, 0, 2]) as tf.Tensor3D;
}

/** The relative positions that a layer's heads look at. */
export function projectPositions(config: DebertaConfig, table: tf.Tensor, weights: Weights): PositionHeads {
  const { positionKey, positionQuery } = encoderLayer(config);
  const inHeads = (map: Linear): tf.Tensor3D => splitHeads(map.apply(table, weights), config);
  return {
    ...(positionKey && { keys: inHeads(positionKey) }),
    ...(positionQuery && { queries: tf.mul(inHeads(positionQuery), queryScale(config)) }),
  };
}

/** What a layer needs; x is [B, T, hiddenSize]. */
export interface LayerInput {
  x: tf.Tensor;
  lengths: tf.Tensor1D;
  positions: PositionHeads;
  weights: Weights;
  [name: string]: TensorTree;
}

/** A map that gives `scale` times as much: its weights are fewer than what it gives. */
function scaled(map: Linear, weights: Weights, scale: number): Weights {
  return Object.fromEntries(map.weights.map(({ name }) => [name, tf.mul(weights[name]!, scale)]));
}

/** One layer: attention, then the feed-forward part, each added to its input and normalized. */
export function applyLayer(config: DebertaConfig, { x, lengths, positions, weights }: LayerInput): tf.Tensor {
  const layer = encoderLayer(config);
  const inHeads = (map: Linear, given: Weights): tf.Tensor3D => splitHeads(map.apply(x, given), config);
  const content = {
    queries: inHeads(layer.query, scaled(layer.query, weights, queryScale(config))),
    keys: inHeads(layer.key, weights),
    values: inHeads(layer.value, weights),
  };
  const context = disentangledAttention(content, positions, config.positions, lengths);
  const joined = tf.reshape(tf.transpose(context, [1, 0, 2]), x.shape);
  const attended = layer.attentionNorm.apply(tf.add(layer.output.apply(joined, weights), x), weights);
  const inner = layer.up.apply(attended, weights);
  return layer.norm.apply(tf.add(layer.down.apply(inner, weights), attended), weights);
}
