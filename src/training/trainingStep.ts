import * as tf from '@tensorflow/tfjs-core';

import { compile, type Compiled, type CompileMode, type Parameter, type TensorTree } from '../engine/index.ts';
import { clipGlobalNorm, type AdamW } from './adamW.ts';

/** What a loss function of a step returns: a scalar to minimize, and tensors to report. */
export interface StepLoss {
  loss: tf.Scalar;
  report?: Readonly<Record<string, tf.Tensor>>;
}

export interface TrainingStepOptions<B extends TensorTree> {
  parameters: ReadonlyMap<string, Parameter>;
  optimizer: AdamW;
  /** Computes the loss of a batch from the weights, by name. */
  lossOf: (weights: Readonly<Record<string, tf.Tensor>>, batch: B) => StepLoss;
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
      const result = options.lossOf(named, batch);
      // Gradients run in a scope of their own, which would free what is reported.
      report = Object.fromEntries(Object.entries(result.report ?? {}).map(([name, t]) => [name, tf.keep(t)]));
      return result.loss;
    };
    const { value, grads } = tf.valueAndGrads(objective)(current);
    const { clipped, norm } = clipGlobalNorm(grads, options.clipNorm);
    options.optimizer.apply(clipped, step, learningRate);
    return { loss: value, gradNorm: norm, ...report };
  };
  return compile(update, {
    name: options.name ?? 'trainingStep',
    bf16: options.bf16 ?? false,
    ...(options.mode ? { mode: options.mode } : {}),
  });
}

/**
 * Linear warm-up from 0, then linear decay to 0 (transformers' `linear` schedule).
 *
 * @param step counted from 1; step `total` gets the smallest positive rate
 */
export function linearSchedule(step: number, total: number, warmupSteps: number, peak: number): number {
  if (step <= warmupSteps) return (peak * step) / Math.max(1, warmupSteps);
  return (peak * (total - step + 1)) / Math.max(1, total - warmupSteps + 1);
}
