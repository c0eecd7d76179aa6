import * as tf from '@tensorflow/tfjs-core';

import { nestedCall, type NestedFunctions } from './nestedCall.ts';
import { isDifferentiating, nativeState } from './state.ts';
import { keepingTape } from './keepingTape.ts';
import type { TensorTree } from './trees.ts';

/**
 * Makes operations that follow one another one pass over memory: in a function recorded for TensorFlow's executor XLA
 * compiles `fn` by itself, once for all calls with arguments of the same shapes; elsewhere a call is `fn`.
 *
 * Not for gradients to pass through: see `fusedOperation`.
 *
 * @param fn pure; all tensors it uses are its arguments
 */
export function fused<A extends readonly TensorTree[], R extends TensorTree>(
  name: string,
  fn: (...args: A) => R,
): (...args: A) => R {
  const known: NestedFunctions<R> = new WeakMap();
  return (...args) => {
    const native = nativeState();
    const recording = native?.binding.recording;
    if (!native || !recording || recording.xla || isDifferentiating()) return fn(...args);
    return nestedCall(native, recording, fn, args, { known, name });
  };
}

/** Gradients of a function's inputs from that of its result. */
type Backward<C> = (upstream: tf.Tensor, inputs: readonly tf.Tensor[], constants: C) => tf.Tensor[];

/**
 * The same for an operation that gradients pass through. Its backward pass is another one, which starts from the inputs:
 * nothing else is kept between them.
 *
 * @param fn of what gets a gradient, and of constants, which get none
 * @param gradients default: those that tfjs derives. It makes them of tensors from outside where `fn` sums, so that sums need
 *   their own
 */
export function fusedOperation<C extends readonly tf.Tensor[]>(
  name: string,
  fn: (inputs: readonly tf.Tensor[], constants: C) => tf.Tensor,
  gradients: Backward<C> = (upstream, inputs, constants) =>
    keepingTape(() => tf.grads((...values: tf.Tensor[]) => fn(values, constants))([...inputs], upstream)),
): (inputs: readonly tf.Tensor[], constants: C) => tf.Tensor {
  const forward = fused(name, (inputs: readonly tf.Tensor[], constants: C) => fn(inputs, constants));
  const backward = fused(`${name}Gradient`, gradients);
  return (inputs, constants) => {
    const recording = nativeState()?.binding.recording;
    if (!recording || recording.xla) return fn(inputs, constants);
    if (!isDifferentiating()) return forward(inputs, constants);
    const op = tf.customGrad((...args) => {
      const save = args.pop() as tf.GradSaveFunc;
      const given = args as tf.Tensor[];
      save([...given, ...constants]);
      return {
        value: forward(given, constants),
        gradFunc: (upstream, saved) =>
          backward(upstream, saved.slice(0, given.length), saved.slice(given.length) as unknown as C),
      };
    });
    return op(...(inputs as tf.Tensor[]));
  };
}
