import * as tf from '@tensorflow/tfjs-core';

import type { Parameter } from '../engine/index.ts';

/** What a loss function of a step returns: a scalar to minimize, and tensors to report. */
export interface StepLoss {
  loss: tf.Scalar;
  report?: Readonly<Record<string, tf.Tensor>>;
}

export interface LossGradients {
  loss: tf.Scalar;
  /** In the order of the parameters. */
  gradients: tf.Tensor[];
  report: Record<string, tf.Tensor>;
}

/** The value of a loss at the parameters' present values, by name, and its gradients. */
export function lossGradients(
  parameters: ReadonlyMap<string, Parameter>,
  lossOf: (weights: Readonly<Record<string, tf.Tensor>>) => StepLoss,
): LossGradients {
  const names = [...parameters.keys()];
  let report: Readonly<Record<string, tf.Tensor>> = {};
  const objective = (...weights: tf.Tensor[]): tf.Scalar => {
    const result = lossOf(Object.fromEntries(names.map((name, i) => [name, weights[i]!])));
    // Gradients run in a scope of their own, which would free what is reported.
    report = Object.fromEntries(Object.entries(result.report ?? {}).map(([name, t]) => [name, tf.keep(t)]));
    return result.loss;
  };
  const { value, grads } = tf.valueAndGrads(objective)(names.map((name) => parameters.get(name)!.read()));
  return { loss: value, gradients: grads, report: released(report) };
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
