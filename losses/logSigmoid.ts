import { abs, customGrad, exp, log1p, minimum, mul, neg, sigmoid, sub } from '@tensorflow/tfjs-core';
import type { GradSaveFunc, Tensor } from '@tensorflow/tfjs-core';

// `x` goes through `save`: a gradient that closes over it, as tfjs's own logSigmoid does, finds it disposed when the
// caller computed `x` inside a tidy.
const stableLogSigmoid = customGrad<Tensor>((input, save) => {
  const x = input as Tensor;
  (save as GradSaveFunc)([x]);
  return {
    value: sub(minimum(x, 0), log1p(exp(neg(abs(x))))),
    gradFunc: (dy: Tensor, [saved]: Tensor[]) => mul(dy, sigmoid(neg(saved!))),
  };
});

/**
 * log(sigmoid(x)) = min(x, 0) - log(1 + exp(-|x|)): the exponent is never positive, so nothing overflows, and neither
 * branch cancels, so large negative x gives x itself.
 *
 * @param x tensor of any shape
 * @returns tensor of the shape of `x`, values <= 0; the gradient is sigmoid(-x)
 */
export function logSigmoid<T extends Tensor>(x: T): T {
  return stableLogSigmoid(x) as T;
}

/** {@link logSigmoid} of a plain number, for values that are known without tensors. */
export function logSigmoidOf(x: number): number {
  return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
}
