import type * as tf from '@tensorflow/tfjs-core';

/** Weights by their names in the Hugging Face file, such as `model.layers.0.self_attn.q_proj.weight` [out, in]. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** A weight that a layer needs. */
export interface WeightSpec {
  name: string;
  shape: readonly number[];
  /** What a policy with random weights begins with. */
  initial: 'normal' | 'zeros' | 'ones';
}

/** A part of a model: it names its weights, and knows what to do with them. */
export interface Module {
  readonly weights: readonly WeightSpec[];
}

/** The weights of several parts, in their order. */
export function weightsOf(...modules: readonly (Module | undefined)[]): WeightSpec[] {
  return modules.flatMap((module) => module?.weights ?? []);
}
