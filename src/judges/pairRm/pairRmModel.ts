import * as tf from '@tensorflow/tfjs-core';

import type { Parameter } from '../../engine/index.ts';
import {
  createDebertaEncoder,
  debertaWeightSpecs,
  readWeights,
  type Weights,
  type WeightSpec,
} from '../../models/index.ts';
import type { JudgeOptions } from '../judge.ts';
import { lengthBatches, type LengthBatch } from '../lengthBatches.ts';
import { runBatches } from '../runBatches.ts';
import type { PairRmConfig } from './pairRmConfig.ts';
import type { EncodedPair } from './pairRmInput.ts';

const BODY = 'pretrained_model.';
const HEAD = {
  hidden: 'head_layer.1.weight',
  hiddenBias: 'head_layer.1.bias',
  output: 'head_layer.4.weight',
  outputBias: 'head_layer.4.bias',
} as const;
/** Tokens computed together. */
const BATCH_TOKENS = 4096;

/** Scores of ordered pairs. */
export interface PairRmModel {
  /** Scores of the left and the right answer of each pair; left minus right is the logit of "left is better". */
  scores(pairs: readonly EncodedPair[], options?: JudgeOptions): Promise<[left: number, right: number][]>;
  dispose(): void;
}

/** Weights of encoder and head. */
export function pairRmWeightSpecs({ encoder, tasks }: PairRmConfig): WeightSpec[] {
  const { hiddenSize } = encoder;
  return [
    ...debertaWeightSpecs(encoder, BODY),
    { name: HEAD.hidden, shape: [hiddenSize, 2 * hiddenSize], initial: 'normal' },
    { name: HEAD.hiddenBias, shape: [hiddenSize], initial: 'zeros' },
    { name: HEAD.output, shape: [tasks, hiddenSize], initial: 'normal' },
    { name: HEAD.outputBias, shape: [tasks], initial: 'zeros' },
  ];
}

/**
 * Runs PairRM over encoded pairs, batched by length. Disposing it disposes the weights.
 *
 * @see Jiang et al. 2023, arXiv:2306.02561, section 3
 */
export function createPairRmModel(
  config: PairRmConfig,
  parameters: ReadonlyMap<string, Parameter>,
  { bf16 = false }: { bf16?: boolean } = {},
): PairRmModel {
  const encoder = createDebertaEncoder(config.encoder, parameters, BODY, { bf16 });
  const headParameters = new Map(Object.values(HEAD).map((name) => [name, parameters.get(name)!]));
  const scoresOf = async (pairs: readonly EncodedPair[], batch: LengthBatch): Promise<Float32Array> => {
    const { ids, lengths, places } = tensorsOf(pairs, batch);
    const hidden = await encoder.encode({ ids, lengths });
    const result = tf.tidy(() => headScores(hidden, places, readWeights({ parameters: headParameters })));
    const values = (await result.data()) as Float32Array;
    tf.dispose([ids, lengths, places, hidden, result]);
    return values;
  };
  return {
    scores: async (pairs, options = {}) => {
      const lengths = pairs.map(({ ids }) => ids.length);
      const batches = lengthBatches(lengths, BATCH_TOKENS);
      const rows = await runBatches(batches, (batch) => scoresOf(pairs, batch), options);
      return rows.map(([left, right]) => [left!, right!]);
    },
    dispose: () => {
      encoder.dispose();
      for (const parameter of parameters.values()) parameter.dispose();
    },
  };
}

/**
 * The head over the states at the markers: source and left answer, source and right answer.
 *
 * @param places of the markers among all tokens of the batch, [B * 3] int32
 * @returns [B, 2]
 */
function headScores(hidden: tf.Tensor3D, places: tf.Tensor1D, weights: Weights): tf.Tensor2D {
  const [batch, length, width] = hidden.shape;
  const rows = tf.gather(tf.reshape(hidden, [batch * length, width]), places);
  const [source, left, right] = tf.unstack(tf.reshape(rows, [batch, 3, width]), 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const scores = [left, right].map((answer) => {
    const state = tf.concat([source, answer], 1);
    const inner = tf.tanh(tf.add(tf.matMul(state, weights[HEAD.hidden]!, false, true), weights[HEAD.hiddenBias]!));
    const outputs = tf.add(tf.matMul(inner, weights[HEAD.output]!, false, true), weights[HEAD.outputBias]!);
    return tf.mean(outputs, 1);
  });
  return tf.stack(scores, 1) as tf.Tensor2D;
}

/** Rows without a pair repeat the first one. */
function tensorsOf(pairs: readonly EncodedPair[], { rows, size, length }: LengthBatch) {
  const chosen = Array.from({ length: size }, (_, i) => pairs[rows[i] ?? rows[0]!]!);
  const ids = new Int32Array(size * length);
  chosen.forEach((pair, row) => ids.set(pair.ids, row * length));
  return {
    ids: tf.tensor2d(ids, [size, length], 'int32'),
    lengths: tf.tensor1d(
      Int32Array.from(chosen, (pair) => pair.ids.length),
      'int32',
    ),
    places: tf.tensor1d(
      Int32Array.from(chosen.flatMap(({ markers }, row) => markers.map((place) => row * length + place))),
      'int32',
    ),
  };
}
