import * as tf from '@tensorflow/tfjs-core';

import type { ExampleBatch, TokenBatch } from '../../datasets/index.ts';
import { tokenTensors, type TokenTensors } from './completionLogProbs.ts';
import { extraTensors, type ExtraInputs } from './lossInputs.ts';

/** A micro-batch on the device. */
export type Piece = {
  tokens: TokenTensors;
  /** [2] int32 */
  dropoutSeed: tf.Tensor;
  /** [Q], how much each example counts in the mean of the whole batch: all of them sum to 1, filler counts 0. */
  shares: tf.Tensor;
  inputs: Readonly<Record<string, tf.Tensor>>;
};

export type TokenPiece = Pick<Piece, 'tokens' | 'dropoutSeed'>;

/** A micro-batch with the gradients of the loss with respect to its log-probabilities, [S, L]. */
export type CoupledPiece = TokenPiece & { given: tf.Tensor };

/** @param seed of dropout: of the step, and which piece of it */
export function pieceOf(
  micro: TokenBatch,
  { indices: { length } }: ExampleBatch,
  extra: ExtraInputs,
  seed: [number, number],
): Piece {
  const { members, slots } = micro;
  // Slots without an example hold the first one again, at no weight.
  const rows = Array.from({ length: slots }, (_, slot) => members[slot] ?? members[0]!);
  return {
    tokens: tokenTensors(micro),
    // Dropout differs from step to step and piece to piece, and is the same when a step is repeated.
    dropoutSeed: tf.tensor1d(seed, 'int32'),
    shares: tf.tensor1d(Float32Array.from(rows, (_, slot) => (slot < members.length ? 1 / length : 0))),
    inputs: extraTensors(extra, rows, micro.mask, micro.sequences / slots),
  };
}
