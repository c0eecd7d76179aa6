import type * as tf from '@tensorflow/tfjs-core';

import type { Parameter } from '../../engine/index.ts';

/** Changes weights along their gradients; weights and state are updated in place. */
export interface Optimizer {
  /** What it remembers from step to step, by name (`<weight>.<what>`), for checkpoints. */
  readonly state: ReadonlyMap<string, Parameter>;
  /**
   * One update, meant to be recorded by `compile`.
   *
   * @param gradients in the order of the parameters
   * @param step scalar, counted from 1
   * @param learningRate scalar
   */
  apply(gradients: readonly tf.Tensor[], step: tf.Tensor, learningRate: tf.Tensor): void;
  /** Sets the state to zero, for a new stage that counts its steps from 1. */
  reset(): void;
  dispose(): void;
}

/** Weight decay, which every optimizer takes. */
export interface WeightDecay {
  /** Default 0. */
  weightDecay?: number;
  /**
   * Whether a weight decays. Default: matrices do, embeddings among them, and vectors (norms, biases) do not, which is
   * what transformers' Trainer does by name (`get_decay_parameter_names`).
   */
  decays?: (name: string, shape: readonly number[]) => boolean;
}
