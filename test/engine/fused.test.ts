import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { compile, fused, fusedOperation, startEngine } from '../../src/engine/index.ts';

beforeAll(async () => {
  await startEngine();
});

let tensors: number;
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
});

const take = (tensor: tf.Tensor): number[] => {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
};

describe('a fused function', () => {
  test('gives the same in TensorFlow’s executor, under XLA, and by itself', () => {
    const both = fused('both', (x: tf.Tensor, { y }: { y: tf.Tensor }) => [tf.mul(x, y), tf.exp(y)] as const);
    const [x, y] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([0, 1, 2])];
    const sum = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.addN([...both(a, { y: b })]);
    const wanted = [1, 2 + Math.E, 6 + Math.E ** 2];
    const graph = compile(sum, { mode: 'graph' });
    const xla = compile(sum, { mode: 'xla' });
    for (const run of [graph, xla, (a: tf.Tensor, b: tf.Tensor) => tf.tidy(() => sum(a, b))]) {
      take(run(x, y)).forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 5));
    }
    graph.dispose();
    xla.dispose();
    tf.dispose([x, y]);
  });

  test('may be called again and again with other shapes, and in several functions', () => {
    const twice = fused('twice', (x: tf.Tensor) => tf.mul(x, 2));
    for (let turn = 0; turn < 2; turn++) {
      const step = compile((x: tf.Tensor) => twice(tf.sum(twice(twice(x)))));
      const x = tf.ones([turn + 2]);
      expect(take(step(x))).toEqual([8 * (turn + 2)]);
      step.dispose();
      x.dispose();
    }
  });

  test('refuses tensors that are not its arguments', () => {
    const step = compile((x: tf.Tensor) => {
      const outside = tf.exp(x);
      return fused('leaky', (y: tf.Tensor) => tf.add(y, outside))(x);
    });
    const x = tf.scalar(1);
    expect(() => step(x)).toThrow('leaky runs inside another compiled function and uses tensors that it was not given');
    x.dispose();
  });
});

const plain = (x: tf.Tensor, y: tf.Tensor, c: tf.Tensor): tf.Tensor => tf.mul(tf.mul(tf.sigmoid(x), y), c);
const gradients = (f: typeof plain) => (x: tf.Tensor, y: tf.Tensor, c: tf.Tensor) =>
  tf.grads((a, b) => tf.sum(tf.square(f(a, b, c))))([x, y]);

describe('the gradient of a fused operation', () => {
  const gated = fusedOperation<[tf.Tensor]>('gated', ([x, y], [c]) => tf.mul(tf.mul(tf.sigmoid(x!), y!), c));
  test.each(['graph', 'xla', 'eager'] as const)('is that of its operations: %s', (mode) => {
    const [x, y, c] = [tf.tensor1d([-1, 0.5, 2]), tf.tensor1d([3, -2, 1]), tf.tensor1d([1, 2, 3])];
    const step = compile(
      gradients((a, b, d) => gated([a, b], [d])),
      { mode },
    );
    const wanted = tf.tidy(() => gradients(plain)(x, y, c));
    step(x, y, c).forEach((found, i) => {
      const values = take(wanted[i]!);
      take(found).forEach((value, j) => expect(value).toBeCloseTo(values[j]!, 5));
    });
    step.dispose();
    tf.dispose([x, y, c]);
  });

  test('may be given by hand', () => {
    const square = fusedOperation<[]>(
      'square',
      ([x]) => tf.square(x!),
      (upstream, [x]) => [tf.mul(upstream, tf.mul(x!, 2))],
    );
    const step = compile((x: tf.Tensor) => tf.grad((a) => tf.sum(square([a], [])))(x));
    const x = tf.tensor1d([1, -3]);
    expect(take(step(x))).toEqual([2, -6]);
    step.dispose();
    x.dispose();
  });
});
