import { customGrad, div, exp, expm1, greater, log, log1p, neg, where } from '@tensorflow/tfjs-core';
import type { GradSaveFunc, Tensor } from '@tensorflow/tfjs-core';

const stableLog1mexp = customGrad<Tensor>((input, save) => {
  const x = input as Tensor;
  (save as GradSaveFunc)([x]);
  return {
    value: where(greater(x, -Math.LN2), log(neg(expm1(x))), log1p(neg(exp(x)))),
    // d/dx = -e^x / (1 - e^x) = -1 / (e^-x - 1); the product form would be 0 * infinity for very negative x.
    gradFunc: (dy: Tensor, [saved]: Tensor[]) => neg(div(dy, expm1(neg(saved!)))),
  };
});

/**
 * log(1 - exp(x)) for x < 0, the log-probability of "not y" from the log-probability of y.
 *
 * Near 0 the difference is taken by expm1, far from 0 the logarithm by log1p, switching at -ln 2 where both are exact
 * (Maechler 2012, "Accurately computing log(1 - exp(-|a|))").
 *
 * @param x tensor of any shape, values < 0; 0 gives -Infinity
 * @returns tensor of the shape of `x`, values <= 0
 */
export function log1mexp<T extends Tensor>(x: T): T {
  return stableLog1mexp(x) as T;
}
