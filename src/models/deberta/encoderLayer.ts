import * as tf from '@tensorflow/tfjs-core';

import type { TensorTree } from '../../engine/index.ts';
import { ACTIVATIONS } from '../layers/activations.ts';
import { linear, type Linear } from '../layers/linear.ts';
import { layerNorm, type Norm } from '../layers/norms.ts';
import { weightsOf, type Weights, type WeightSpec } from '../layers/weights.ts';
import type { DebertaConfig } from './debertaConfig.ts';
import { disentangledAttention, type PositionHeads } from './disentangledAttention.ts';

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
  up: Linear;
  down: Linear;
  norm: Norm;
}

function encoderLayer(config: DebertaConfig): EncoderLayer {
  const { hiddenSize, intermediateSize, epsilon } = config;
  const { contentToPosition, positionToContent, sharedProjections } = config;
  const square = (name: string): Linear => linear(name, hiddenSize, hiddenSize, { bias: true });
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
    attentionNorm: layerNorm('attention.output.LayerNorm', hiddenSize, epsilon),
    up: linear('intermediate.dense', hiddenSize, intermediateSize, { bias: true }),
    down: linear('output.dense', intermediateSize, hiddenSize, { bias: true }),
    norm: layerNorm('output.LayerNorm', hiddenSize, epsilon),
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
  return {
    ...(positionKey && { keys: splitHeads(positionKey.apply(table, weights), config) }),
    ...(positionQuery && { queries: splitHeads(positionQuery.apply(table, weights), config) }),
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

/** One layer: attention, then the feed-forward part, each added to its input and normalized. */
export function applyLayer(config: DebertaConfig, { x, lengths, positions, weights }: LayerInput): tf.Tensor {
  const layer = encoderLayer(config);
  const inHeads = (map: Linear): tf.Tensor3D => splitHeads(map.apply(x, weights), config);
  const content = { queries: inHeads(layer.query), keys: inHeads(layer.key), values: inHeads(layer.value) };
  const context = disentangledAttention(content, positions, config.positions, lengths);
  const joined = tf.reshape(tf.transpose(context, [1, 0, 2]), x.shape);
  const attended = layer.attentionNorm.apply(tf.add(layer.output.apply(joined, weights), x), weights);
  const inner = ACTIVATIONS[config.activation](layer.up.apply(attended, weights));
  return layer.norm.apply(tf.add(layer.down.apply(inner, weights), attended), weights);
}
