import { customGrad, zerosLike } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

const identityWithoutGradient = customGrad<Tensor>((x) => ({
  value: (x as Tensor).clone(),
  gradFunc: (dy: Tensor) => zerosLike(dy),
}));

/**
 * The same tensor as a constant: its gradient is zero, also where `x` is itself an input of `tf.grads`.
 *
 * tfjs has no such operation. A gradient of zeros rather than none keeps `tf.grads` from failing on an input that only
 * enters as a constant.
 *
 * @param x tensor of any shape
 */
export function stopGradient<T extends Tensor>(x: T): T {
  return identityWithoutGradient(x) as T;
}
