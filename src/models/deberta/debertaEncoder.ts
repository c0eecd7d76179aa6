import * as tf from '@tensorflow/tfjs-core';

import { compile, type Parameter } from '../../engine/index.ts';
import { layerNorm } from '../layers/norms.ts';
import type { Weights, WeightSpec } from '../layers/weights.ts';
import type { DebertaConfig } from './debertaConfig.ts';
import type { PositionHeads } from './disentangledAttention.ts';
import { applyLayer, layerSpecs, projectPositions, type LayerInput } from './encoderLayer.ts';

const WORDS = 'embeddings.word_embeddings.weight';
const EMBEDDING_NORM = 'embeddings.LayerNorm';
const POSITIONS = 'encoder.rel_embeddings.weight';
const POSITION_NORM = 'encoder.LayerNorm';
const layerPrefix = (layer: number): string => `encoder.layer.${layer}.`;

/** Texts as token ids [B, T] int32, padded on the right, and how long each is, [B] int32. */
export interface EncoderInput {
  ids: tf.Tensor2D;
  lengths: tf.Tensor1D;
}

/** Runs texts through the encoder; weights stay the caller's. */
export interface DebertaEncoder {
  /** Hidden states of the last layer, [B, T, hiddenSize], the caller's to dispose; those at padding mean nothing. */
  encode(input: EncoderInput): Promise<tf.Tensor3D>;
  dispose(): void;
}

/** All weights of the encoder; `prefix` stands before each name. */
export function debertaWeightSpecs(config: DebertaConfig, prefix: string): WeightSpec[] {
  const { vocabSize, hiddenSize, positions, normedPositions, epsilon } = config;
  const inLayers = layerSpecs(config);
  const specs: WeightSpec[] = [
    { name: WORDS, shape: [vocabSize, hiddenSize], initial: 'normal' },
    ...layerNorm(EMBEDDING_NORM, hiddenSize, epsilon).weights,
    ...Array.from({ length: config.layers }, (_, i) =>
      inLayers.map((spec) => ({ ...spec, name: `${layerPrefix(i)}${spec.name}` })),
    ).flat(),
    { name: POSITIONS, shape: [2 * positions.span, hiddenSize], initial: 'normal' },
    ...(normedPositions ? layerNorm(POSITION_NORM, hiddenSize, epsilon).weights : []),
  ];
  return specs.map((spec) => ({ ...spec, name: `${prefix}${spec.name}` }));
}

/** Token embeddings, normalized; [B, T, hiddenSize]. */
function embed(config: DebertaConfig, ids: tf.Tensor2D, weights: Weights): tf.Tensor {
  const norm = layerNorm(EMBEDDING_NORM, config.hiddenSize, config.epsilon);
  return norm.apply(tf.gather(weights[WORDS]!, ids), weights);
}

/** Relative positions as a layer takes them, [1, 2 span, hiddenSize]. */
function positionTable(config: DebertaConfig, weights: Weights): tf.Tensor {
  const table = weights[POSITIONS]!;
  const norm = layerNorm(POSITION_NORM, config.hiddenSize, config.epsilon);
  return tf.expandDims(config.normedPositions ? norm.apply(table, weights) : table, 0);
}

/**
 * Prepares an encoder. Its layers share one compiled function: it compiles in a fraction of the time that one function of
 * all layers takes, for each new shape. The relative positions, which depend on no text, are projected once.
 *
 * @param prefix stands before the names of the parameters
 * @param options.bf16 matrix products in bfloat16
 */
export function createDebertaEncoder(
  config: DebertaConfig,
  parameters: ReadonlyMap<string, Parameter>,
  prefix: string,
  { bf16 = false }: { bf16?: boolean } = {},
): DebertaEncoder {
  const layerNames = layerSpecs(config).map(({ name }) => name);
  const bodyNames = debertaWeightSpecs({ ...config, layers: 0 }, '').map(({ name }) => name);
  const read = (start: string, names: readonly string[]): Weights =>
    Object.fromEntries(names.map((name) => [name, parameters.get(`${start}${name}`)!.read()]));
  const layerWeights = (layer: number): Weights => read(`${prefix}${layerPrefix(layer)}`, layerNames);
  const bodyWeights = (): Weights => read(prefix, bodyNames);

  const layer = compile((input: LayerInput) => applyLayer(config, input), {
    name: 'debertaLayer',
    bf16,
  });
  const positions: PositionHeads[] = [];
  const preparePositions = (): void => {
    if (positions.length > 0) return;
    const heads = tf.tidy(() => {
      const table = positionTable(config, bodyWeights());
      return Array.from({ length: config.layers }, (_, i) => projectPositions(config, table, layerWeights(i)));
    });
    positions.push(...heads);
  };
  return {
    encode: async ({ ids, lengths }) => {
      preparePositions();
      let x = tf.tidy(() => embed(config, ids, bodyWeights()));
      for (let i = 0; i < config.layers; i++) {
        const weights = layerWeights(i);
        try {
          const next = await layer.async({ x, lengths, positions: positions[i]!, weights });
          x.dispose();
          x = next;
        } finally {
          tf.dispose(weights);
        }
      }
      return x as tf.Tensor3D;
    },
    dispose: () => {
      layer.dispose();
      tf.dispose(positions.splice(0));
    },
  };
}
