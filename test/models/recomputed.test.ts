import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import { recomputed } from '../../src/models/recomputed.ts';

beforeAll(async () => {
  await startEngine();
});

const layer = ([x, w]: readonly tf.Tensor[], [shift]: readonly tf.Tensor[]): tf.Tensor =>
  tf.add(tf.tanh(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)), shift!);

function gradients(again: boolean): number[][] {
  return tf.tidy(() => {
    const shift = tf.scalar(0.5);
    const deep = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => {
      // The constant belongs to the forward pass, which is over when the backward pass needs it.
      const constant = tf.mul(shift, 2);
      const once = (value: tf.Tensor): tf.Tensor =>
        again ? recomputed(layer, [value, w], [constant]) : layer([value, w], [constant]);
      return tf.sum(tf.square(once(once(x))));
    };
    const x = tf.tensor2d([0.1, -0.2, 0.3, 0.4], [2, 2]);
    const w = tf.tensor2d([1, 0.5, -0.5, 2], [2, 2]);
    const { value, grads } = tf.valueAndGrads(deep)([x, w]);
    return [value, ...grads].map((tensor) => [...tensor.dataSync()]);
  });
}

test('a function that is computed again has the same value and the same gradients, also one after the other', () => {
  expect(gradients(true)).toEqual(gradients(false));
});

test('leaves no tensors behind', () => {
  const before = tf.memory().numTensors;
  gradients(true);
  expect(tf.memory().numTensors).toBe(before);
});
