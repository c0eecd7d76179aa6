import * as tf from '@tensorflow/tfjs-core';

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

/** Texts as token ids [B, T] int32, padded on the right, and how long each is, [B] int32. */
export interface EncoderInput {
  ids: tf.Tensor2D;
  lengths: tf.Tensor1D;
  [name: string]: tf.Tensor;
}

function encoderLayer(config: DebertaConfig, prefix: string): EncoderLayer {
  const { hiddenSize, intermediateSize, epsilon } = config;
  const { contentToPosition, positionToContent, sharedProjections } = config;
  const map = (name: string, inputs = hiddenSize, outputs = hiddenSize): Linear =>
    linear(`${prefix}.${name}`, inputs, outputs, { bias: true });
  const [query, key] = [map('attention.self.query_proj'), map('attention.self.key_proj')];
  const ownKey = sharedProjections ? key : map('attention.self.pos_key_proj');
  const ownQuery = sharedProjections ? query : map('attention.self.pos_query_proj');
  return {
    query,
    key,
    value: map('attention.self.value_proj'),
    positionKey: contentToPosition ? ownKey : null,
    positionQuery: positionToContent ? ownQuery : null,
    output: map('attention.output.dense'),
    attentionNorm: layerNorm(`${prefix}.attention.output.LayerNorm`, hiddenSize, epsilon),
    up: map('intermediate.dense', hiddenSize, intermediateSize),
    down: map('output.dense', intermediateSize, hiddenSize),
    norm: layerNorm(`${prefix}.output.LayerNorm`, hiddenSize, epsilon),
  };
}

const layersOf = (config: DebertaConfig, prefix: string): EncoderLayer[] =>
  Array.from({ length: config.layers }, (_, i) => encoderLayer(config, `${prefix}encoder.layer.${i}`));

const embeddingNorm = ({ hiddenSize, epsilon }: DebertaConfig, prefix: string): Norm =>
  layerNorm(`${prefix}embeddings.LayerNorm`, hiddenSize, epsilon);

const positionNorm = ({ hiddenSize, epsilon }: DebertaConfig, prefix: string): Norm =>
  layerNorm(`${prefix}encoder.LayerNorm`, hiddenSize, epsilon);

/** All weights of the encoder, in the order in which transformers stores them; `prefix` stands before each name. */
export function debertaWeightSpecs(config: DebertaConfig, prefix: string): WeightSpec[] {
  const { vocabSize, hiddenSize, positions, normedPositions } = config;
  const specs: WeightSpec[] = [
    { name: `${prefix}embeddings.word_embeddings.weight`, shape: [vocabSize, hiddenSize], initial: 'normal' },
    ...embeddingNorm(config, prefix).weights,
  ];
  for (const layer of layersOf(config, prefix)) {
    const { query, key, positionKey, positionQuery, ...rest } = layer;
    const ownMaps = [positionKey, positionQuery].filter((map) => map !== null && map !== key && map !== query);
    specs.push(...weightsOf(query, key, ...ownMaps.map((map) => map!), ...Object.values(rest)));
  }
  specs.push({
    name: `${prefix}encoder.rel_embeddings.weight`,
    shape: [2 * positions.span, hiddenSize],
    initial: 'normal',
  });
  if (normedPositions) specs.push(...positionNorm(config, prefix).weights);
  return specs;
}

/** [N, heads * size] to [heads, N, size]. */
function splitHeads(x: tf.Tensor, { heads, headSize }: DebertaConfig): tf.Tensor3D {
  return tf.transpose(tf.reshape(x, [-1, heads, headSize]), [1, 0, 2]) as tf.Tensor3D;
}

/** The relative positions of every layer, projected: they do not depend on the text, so once is enough. */
export function debertaPositions(config: DebertaConfig, weights: Weights, prefix: string): PositionHeads[] {
  const table = weights[`${prefix}encoder.rel_embeddings.weight`]!;
  const normed = config.normedPositions ? positionNorm(config, prefix).apply(table, weights) : table;
  const rows = tf.expandDims(normed, 0);
  const project = (map: Linear | null): tf.Tensor3D | null => map && splitHeads(map.apply(rows, weights), config);
  return layersOf(config, prefix).map(({ positionKey, positionQuery }) => ({
    keys: project(positionKey),
    queries: project(positionQuery),
  }));
}

/**
 * Runs the encoder over token ids.
 *
 * @param positions of `debertaPositions`
 * @returns hidden states of the last layer, [B, T, hiddenSize]; those at padding mean nothing
 */
export function debertaHidden(
  config: DebertaConfig,
  weights: Weights,
  positions: readonly PositionHeads[],
  { ids, lengths }: EncoderInput,
  prefix: string,
): tf.Tensor3D {
  const [batch, length] = ids.shape;
  const embedded = tf.gather(weights[`${prefix}embeddings.word_embeddings.weight`]!, ids);
  let x = embeddingNorm(config, prefix).apply(embedded, weights);
  for (const [i, layer] of layersOf(config, prefix).entries()) {
    const [queries, keys, values] = [layer.query, layer.key, layer.value].map((map) =>
      splitHeads(map.apply(x, weights), config),
    ) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
    const context = disentangledAttention({ queries, keys, values }, positions[i]!, config.positions, lengths);
    const joined = tf.reshape(tf.transpose(context, [1, 0, 2]), [batch, length, config.hiddenSize]);
    const attended = layer.attentionNorm.apply(tf.add(layer.output.apply(joined, weights), x), weights);
    const inner = ACTIVATIONS[config.activation](layer.up.apply(attended, weights));
    x = layer.norm.apply(tf.add(layer.down.apply(inner, weights), attended), weights);
  }
  return x as tf.Tensor3D;
}
