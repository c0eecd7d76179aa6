import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import '../../losses/gradients.ts';
import { ascending } from '../../losses/ascending.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('sorts, and sends the gradient of each place to the number that took it', () => {
  const x = tf.tensor1d([3, -1, 10_000, 2, -10_000]);
  expect(ascending(x).arraySync()).toEqual([-10_000, -1, 2, 3, 10_000]);
  const weights = tf.tensor1d([1, 2, 3, 4, 5]);
  const gradient = tf.grad((t: tf.Tensor) => tf.sum(tf.mul(ascending(t as tf.Tensor1D), weights)))(x);
  expect(gradient.arraySync()).toEqual([4, 2, 5, 3, 1]);
});

test('gives equal numbers one place each', () => {
  const x = tf.tensor1d([1, 0, 1, 1]);
  expect(ascending(x).arraySync()).toEqual([0, 1, 1, 1]);
  const weights = tf.tensor1d([8, 1, 2, 4]);
  const gradient = tf.grad((t: tf.Tensor) => tf.sum(tf.mul(ascending(t as tf.Tensor1D), weights)))(x);
  const [a, b, c, d] = gradient.arraySync() as number[];
  expect(b).toBe(8);
  expect([a, c, d].toSorted((p, q) => p! - q!)).toEqual([1, 2, 4]);
});
