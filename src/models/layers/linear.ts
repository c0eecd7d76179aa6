import * as tf from '@tensorflow/tfjs-core';

import { adapterOutput } from './adapter.ts';
import type { Module, Weights, WeightSpec } from './weights.ts';

/** A linear map of the last axis. */
export interface Linear extends Module {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Whether the file holds [in, out], as GPT-2's does, instead of [out, in]. */
  readonly transposed: boolean;
  /** x [B, T, in] to [B, T, out]; with the adapter's share when the weights have one for it. */
  apply(x: tf.Tensor, weights: Weights): tf.Tensor3D;
}

/**
 * `<name>.weight` and, with `bias`, `<name>.bias`.
 *
 * @param options.transposed the file holds [in, out] (GPT-2's Conv1D)
 */
export function linear(
  name: string,
  inputs: number,
  outputs: number,
  options: { bias?: boolean; transposed?: boolean } = {},
): Linear {
  const { bias = false, transposed = false } = options;
  const shape = transposed ? [inputs, outputs] : [outputs, inputs];
  const weights: WeightSpec[] = [{ name: `${name}.weight`, shape, initial: 'normal' }];
  if (bias) weights.push({ name: `${name}.bias`, shape: [outputs], initial: 'zeros' });
  return {
    name,
    inputs,
    outputs,
    transposed,
    weights,
    apply: (x, given) => {
      const [batch, length] = x.shape as [number, number, number];
      const flat = tf.reshape(x, [batch * length, inputs]) as tf.Tensor2D;
      let y: tf.Tensor = tf.matMul(flat, given[`${name}.weight`] as tf.Tensor2D, false, !transposed);
      const adapted = adapterOutput(name, flat, given);
      if (adapted) y = tf.add(y, adapted);
      if (bias) y = tf.add(y, given[`${name}.bias`]!);
      return tf.reshape(y, [batch, length, outputs]);
    },
  };
}
