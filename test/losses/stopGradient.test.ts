import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { stopGradient } from '../../losses/index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('returns the values, and passes no gradient while other paths keep theirs', () => {
  const x = tf.tensor2d([[1, 2, 3]]);
  expect(stopGradient(x).arraySync()).toEqual([[1, 2, 3]]);
  // d/dx of x * constant(x) is the constant, not 2x.
  const gradient = tf.grad((t: tf.Tensor) => tf.sum(tf.mul(t, stopGradient(t))))(x);
  expect(gradient.arraySync()).toEqual([[1, 2, 3]]);
});

test('gives zeros to an input of tf.grads that enters only as a constant', () => {
  const [a, b] = tf.grads((p: tf.Tensor, q: tf.Tensor) => tf.sum(tf.mul(p, stopGradient(q))))([
    tf.tensor1d([1, 2]),
    tf.tensor1d([3, 4]),
  ]);
  expect(a!.arraySync()).toEqual([3, 4]);
  expect(b!.arraySync()).toEqual([0, 0]);
});

test('leaves a variable out of variableGrads', () => {
  const moving = tf.variable(tf.tensor1d([2]));
  const frozen = tf.variable(tf.tensor1d([5]));
  const { grads } = tf.variableGrads(() => tf.sum(tf.mul(moving, stopGradient(frozen))), [moving, frozen]);
  expect(grads[moving.name]!.arraySync()).toEqual([5]);
  expect(grads[frozen.name]!.arraySync()).toEqual([0]);
  tf.dispose([moving, frozen]);
});
