import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { logSigmoid } from '../../losses/index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('keeps small tails that a sigmoid rounds away, to the relative precision of fp32', () => {
  const x = [-1e4, -87, -20, -1, 0, 1, 14, 20, 37, 87];
  const got = [...logSigmoid(tf.tensor1d(x)).dataSync()];
  for (const [i, value] of x.entries()) {
    const want = Math.min(value, 0) - Math.log1p(Math.exp(-Math.abs(value)));
    expect(Math.abs(got[i]! / want - 1), `x = ${value}`).toBeLessThan(1e-6);
  }
});

test('has the gradient sigmoid(-x) from end to end', () => {
  const x = [-1e4, -20, -1, 0, 1, 20, 1e4];
  const got = [
    ...tf
      .grad((t: tf.Tensor) => tf.sum(logSigmoid(t)))(tf.tensor1d(x))
      .dataSync(),
  ];
  for (const [i, value] of x.entries()) {
    const want = 1 / (1 + Math.exp(value));
    expect(Math.abs(got[i]! - want), `x = ${value}`).toBeLessThanOrEqual(1e-6 * want);
  }
});

test('can be differentiated when its argument was made inside a tidy', () => {
  const gradient = tf.grad((t: tf.Tensor) => tf.tidy(() => tf.sum(logSigmoid(tf.mul(t, 2)))));
  expect([...gradient(tf.tensor1d([0, 0])).dataSync()]).toEqual([1, 1]);
});
