import * as tf from '@tensorflow/tfjs-core';

import type { TokenBatch } from '../../datasets/index.ts';
import { causalHidden, outputEmbedding, type DecoderConfig, type PackedRows, type Weights } from '../models/index.ts';
import { sumOfSquaredProbabilities, tokenLogProbs } from './tokenLogProbs.ts';

/** A `TokenBatch` as tensors, under the same names. */
export type TokenTensors = {
  ids: tf.Tensor;
  /** Empty for rows of one sequence. */
  packed: Partial<Record<keyof PackedRows, tf.Tensor>>;
  sources: tf.Tensor;
  targets: tf.Tensor;
  places: tf.Tensor;
  mask: tf.Tensor;
};

/** The tensors of a batch, the caller's to dispose. */
export function tokenTensors(batch: TokenBatch): TokenTensors {
  const { rows, length, sequences, packing } = batch;
  const table = (values: Int32Array): tf.Tensor2D => tf.tensor2d(values, [rows, length], 'int32');
  const counted = batch.places.length / sequences;
  return {
    ids: table(batch.inputIds),
    packed: packing
      ? {
          positions: table(packing.positions),
          trees: table(packing.trees),
          branches: table(packing.branches),
        }
      : {},
    sources: tf.tensor1d(batch.sources, 'int32'),
    targets: tf.tensor1d(batch.targets, 'int32'),
    places: tf.tensor2d(batch.places, [sequences, counted], 'int32'),
    mask: tf.tensor2d(batch.mask, [sequences, counted]),
  };
}

/** What a model says about the tokens that count, [S, L] each, 0 where the mask is 0. */
export type CompletionOutputs = {
  /** Nats: sum over L for log pi(y | x). */
  logProbs: tf.Tensor;
  /** Sum over the vocabulary of p^2, without gradient, where asked for. */
  squares?: tf.Tensor;
};

/**
 * Log-probabilities of the tokens that count, sequence by sequence. Logits are computed for these tokens only, and never
 * all at once.
 *
 * @param options.recompute see `TrainerOptions`
 * @param options.squares whether to add the sums of squared probabilities
 */
export function completionOutputs(
  config: DecoderConfig,
  weights: Weights,
  batch: TokenTensors,
  options: { recompute?: boolean | undefined; squares?: boolean } = {},
): CompletionOutputs {
  const { ids, sources, targets, places, mask } = batch;
  const packed = batch.packed.trees ? (batch.packed as PackedRows) : undefined;
  const hidden = causalHidden(config, weights, ids as tf.Tensor2D, { packed, recompute: options.recompute });
  const states = tf.gather(tf.reshape(hidden, [-1, config.hiddenSize]), sources) as tf.Tensor2D;
  const embedding = outputEmbedding(config, weights);
  const { softcap } = config.architecture.head;
  const bySequence = (values: tf.Tensor): tf.Tensor => tf.mul(tf.gather(values, places), mask);
  const logProbs = bySequence(tokenLogProbs(states, embedding, targets as tf.Tensor1D, softcap));
  if (!options.squares) return { logProbs };
  return { logProbs, squares: bySequence(sumOfSquaredProbabilities(states, embedding, softcap)) };
}

/** {@link completionOutputs} without the rest: [S, L], nats. */
export function completionLogProbs(config: DecoderConfig, weights: Weights, batch: TokenTensors): tf.Tensor2D {
  return completionOutputs(config, weights, batch).logProbs as tf.Tensor2D;
}

/**
 * Summed log-probabilities of completions in right-padded rows.
 *
 * @param ids [B, T] int32
 * @param completionMask [B, T - 1]; entry t is 1 where ids[t + 1] belongs to the completion
 * @returns [B], nats
 */
export function sequenceLogProbs(
  config: DecoderConfig,
  weights: Weights,
  ids: tf.Tensor2D,
  completionMask: tf.Tensor2D,
): tf.Tensor1D {
  const [batch, length] = ids.shape;
  const hidden = causalHidden(config, weights, ids);
  const rows = batch * (length - 1);
  const states = tf.reshape(tf.slice(hidden, [0, 0, 0], [batch, length - 1, config.hiddenSize]), [
    rows,
    config.hiddenSize,
  ]);
  const targets = tf.reshape(tf.slice(ids, [0, 1], [batch, length - 1]), [rows]) as tf.Tensor1D;
  const { softcap } = config.architecture.head;
  const logProbs = tokenLogProbs(states as tf.Tensor2D, outputEmbedding(config, weights), targets, softcap);
  return tf.sum(tf.mul(tf.reshape(logProbs, [batch, length - 1]), completionMask), -1);
}
