import * as tf from '@tensorflow/tfjs-core';

import { compile, type Compiled, type CompileMode, type Parameter, type TensorTree } from '../engine/index.ts';
import { clipGlobalNorm } from './clipGlobalNorm.ts';
import type { Ema } from './ema.ts';
import type { Optimizer } from './optimizers/optimizer.ts';

/** What a loss function of a step returns: a scalar to minimize, and tensors to report. */
export interface StepLoss {
  loss: tf.Scalar;
  report?: Readonly<Record<string, tf.Tensor>>;
}

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
  const names = [...options.parameters.keys()];
  const update = ({ batch, step, learningRate }: StepArguments<B>[0]): StepResult => {
    const current = names.map((name) => options.parameters.get(name)!.read());
    let report: Readonly<Record<string, tf.Tensor>> = {};
    const objective = (...weights: tf.Tensor[]): tf.Scalar => {
      const named = Object.fromEntries(names.map((name, i) => [name, weights[i]!]));
      const result = options.lossOf(named, batch, step);
      // Gradients run in a scope of their own, which would free what is reported.
      report = Object.fromEntries(Object.entries(result.report ?? {}).map(([name, t]) => [name, tf.keep(t)]));
      return result.loss;
    };
    const { value, grads } = tf.valueAndGrads(objective)(current);
    const { clipped, norm } = clipGlobalNorm(grads, options.clipNorm);
    options.optimizer.apply(clipped, step, learningRate);
    options.ema?.update(step);
    return { loss: value, gradNorm: norm, ...released(report) };
  };
  return compile(update, {
    name: options.name ?? 'trainingStep',
    bf16: options.bf16 ?? false,
    memoryAdvice: 'Lower the batch size (train.batchSize) or train on shorter rows.',
    ...(options.mode ? { mode: options.mode } : {}),
  });
}

/** Copies of kept tensors, which are freed with everything else that the step makes. */
function released(kept: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(kept).map(([name, tensor]) => {
      const copy = tensor.clone();
      tensor.dispose();
      return [name, copy];
    }),
  );
}
