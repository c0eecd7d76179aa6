import * as tf from '@tensorflow/tfjs-core';

import { compile, type Compiled, type CompileMode, type Parameter, type TensorTree } from '../engine/index.ts';
import { clipGlobalNorm } from './clipGlobalNorm.ts';
import type { Ema } from './ema.ts';
import { lossGradients, type StepLoss } from './lossGradients.ts';
import type { Optimizer } from './optimizers/optimizer.ts';

export interface TrainingStepOptions<B extends TensorTree> {
  parameters: ReadonlyMap<string, Parameter>;
  optimizer: Optimizer;
  /** Running average of the weights, which takes in those after the update. */
  ema?: Ema;
  /** Computes the loss of a batch from the parameters' values, by name; `step` counts from 1. */
  lossOf: (weights: Readonly<Record<string, tf.Tensor>>, batch: B, step: tf.Tensor) => StepLoss;
  /** Largest joint norm of the gradients. */
  clipNorm: number;
  mode?: CompileMode;
  bf16?: boolean;
  name?: string;
}

type StepArguments<B extends TensorTree> = [{ batch: B; step: tf.Tensor; learningRate: tf.Tensor }];

/** Scalars `loss` and `gradNorm` (before clipping), and whatever the loss function reports. */
type StepResult = Readonly<Record<string, tf.Tensor>>;

/** One update as one compiled function: forward, backward, clipping and optimizer, weights changed in place. */
export function createTrainingStep<B extends TensorTree>(
  options: TrainingStepOptions<B>,
): Compiled<StepArguments<B>, StepResult> {
  const update = ({ batch, step, learningRate }: StepArguments<B>[0]): StepResult => {
    const { loss, gradients, report } = lossGradients(options.parameters, (weights) =>
      options.lossOf(weights, batch, step),
    );
    const { clipped, norm } = clipGlobalNorm(gradients, options.clipNorm);
    options.optimizer.apply(clipped, step, learningRate);
    options.ema?.update(step);
    return { loss, gradNorm: norm, ...report };
  };
  return compile(update, {
    name: options.name ?? 'trainingStep',
    bf16: options.bf16 ?? false,
    memoryAdvice: 'Lower the batch size (train.batchSize) or train on shorter rows.',
    ...(options.mode ? { mode: options.mode } : {}),
  });
}
