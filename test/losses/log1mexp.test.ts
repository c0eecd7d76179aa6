import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { log1mexp } from '../../losses/index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is exact near 0, at the switch and far out, to the relative precision of fp32', () => {
  // Rounded to fp32 first, as the tensor does: near 0 the derivative is steep.
  const x = [-1e-10, -1e-6, -0.01, -Math.LN2 + 1e-4, -Math.LN2 - 1e-4, -1, -10, -80].map(Math.fround);
  const got = [...log1mexp(tf.tensor1d(x)).dataSync()];
  for (const [i, value] of x.entries()) {
    const want = value > -0.5 ? Math.log(-Math.expm1(value)) : Math.log1p(-Math.exp(value));
    expect(Math.abs(got[i]! / want - 1), `x = ${value}`).toBeLessThan(1e-6);
  }
});

test('has the gradient -1 / (exp(-x) - 1), also where one branch would overflow', () => {
  const x = [-1e-3, -0.5, -2, -1e4].map(Math.fround);
  const got = [
    ...tf
      .grad((t: tf.Tensor) => tf.sum(log1mexp(t)))(tf.tensor1d(x))
      .dataSync(),
  ];
  for (const [i, value] of x.entries()) {
    const want = -1 / Math.expm1(-value);
    expect(Math.abs(got[i]! - want), `x = ${value}`).toBeLessThanOrEqual(1e-6 * Math.abs(want));
  }
});
