import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { compile } from '../../../src/engine/index.ts';
import { describeNative } from '../nativeTests.ts';

const take = (tensor: tf.Tensor): number[] => {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
};

/** What `fn` gives when it is compiled for TensorFlow's executor, with products in bfloat16. */
function run(fn: (...args: tf.Tensor[]) => tf.Tensor, ...args: tf.Tensor[]): tf.Tensor {
  const step = compile(fn, { bf16: true, mode: 'graph' });
  try {
    return step(...args);
  } finally {
    step.dispose();
  }
}

/** [6, 10] through every operation that only moves elements, to [12, 3]. */
function moved(x: tf.Tensor): tf.Tensor {
  const halves = [0, 5].map((start) => tf.slice(x, [0, start], [6, 5]));
  const turned = tf.transpose(tf.reshape(tf.concat(halves, 0), [5, 4, 3]), [1, 2, 0]);
  const strided = tf.stridedSlice(turned, [0, 0, 0], [4, 3, 5], [1, 1, 2]);
  return tf.reshape(tf.gather(strided, tf.tensor1d([2, 0, 1], 'int32'), 2), [12, 3]);
}

const product = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.matMul(a, b);
const plusOne = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.add(product(a, b), 1);

describeNative('a recording in bfloat16', () => {
  test('moves products as they are, so that no bit changes on the way into the next one', () => {
    const x = tf.randomNormal([6, 8], 0, 1, 'float32', 1);
    const y = tf.randomNormal([8, 10], 0, 1, 'float32', 2);
    const z = tf.randomNormal([3, 4], 0, 1, 'float32', 3);
    const whole = run((a, b, c) => plusOne(moved(product(a, b)), c), x, y, z);
    const first = run((a, b) => product(a, b), x, y);
    const between = tf.tidy(() => moved(first));
    expect(take(whole)).toEqual(take(run((a, b) => plusOne(a, b), between, z)));
    tf.dispose([x, y, z, first, between]);
  });

  test('moves what is partly a product in float32', () => {
    const x = tf.randomNormal([4, 4], 0, 1, 'float32', 1);
    const exact = take(tf.slice(x, 0, 1)).slice(0, 4);
    const joined = take(run((a) => tf.slice(tf.concat([a, product(a, a)], 0), 0, 1), x));
    expect(joined).toEqual(exact);
    x.dispose();
  });
});
