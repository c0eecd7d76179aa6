import * as tf from '@tensorflow/tfjs-core';

import { keepingTape } from '../engine/index.ts';

/**
 * The value of a function whose backward pass computes it again, so that nothing but what goes into it is kept in between:
 * one more forward pass for memory that does not grow with what happens inside.
 *
 * @param fn pure; it must use no other tensors than those it is given
 * @param inputs what gets a gradient
 * @param constants what gets none
 * @see Chen et al. 2016, arXiv:1604.06174, section 3
 */
export function recomputed(
  fn: (inputs: readonly tf.Tensor[], constants: readonly tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  constants: readonly tf.Tensor[],
): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const given = args as tf.Tensor[];
    save([...given, ...constants]);
    return {
      value: fn(given, constants),
      gradFunc: (upstream, saved) => {
        const [first, ...rest] = saved.slice(0, inputs.length) as [tf.Tensor, ...tf.Tensor[]];
        const kept = saved.slice(inputs.length);
        // Without a difference a compiler sees the same operations twice and keeps the first results after all. This one
        // is 0, and waits for the gradient.
        const one = tf.slice(tf.reshape(upstream, [-1]), 0, 1);
        const difference = tf.reshape(tf.minimum(tf.abs(one), 0), []);
        const again = (...values: tf.Tensor[]): tf.Tensor => fn(values, kept);
        return keepingTape(() => tf.grads(again)([tf.add(first, difference), ...rest], upstream));
      },
    };
  });
  return op(...(inputs as tf.Tensor[]));
}
