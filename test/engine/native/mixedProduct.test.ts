import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { compile } from '../../../src/engine/index.ts';
import { describeNative, take } from '../nativeTests.ts';

/** What `fn` gives in bfloat16 under XLA. */
function run(fn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a: tf.Tensor, b: tf.Tensor): number[] {
  const compiled = compile(fn, { bf16: true, mode: 'xla' });
  const values = take(compiled(a, b));
  compiled.dispose();
  return values;
}

/** Multiples of 1/8 below 4, which bfloat16 holds; sums of their products it does not. */
function matrix(rows: number, columns: number, step: number): tf.Tensor2D {
  const values = Array.from({ length: rows * columns }, (_, i) => ((i * step) % 61) / 8 - 3.75);
  return tf.tensor2d(values, [rows, columns]);
}

/** Where XLA's kernel does not take the factors the product is rounded to 8 bits. */
function expectRounded(found: number[], exact: number[]): void {
  expect(found).toHaveLength(exact.length);
  found.forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(2 ** -8 * Math.abs(exact[i]!)));
}

/** XLA lays the factor in the middle out in a way that its kernel does not take. */
const chain = (weights: tf.Tensor, rows: tf.Tensor): tf.Tensor =>
  tf.transpose(tf.matMul(weights, tf.matMul(weights, tf.transpose(rows))));

describeNative('products in bfloat16 under XLA', () => {
  test('have float32 results, which sums and maxima may follow at once', () => {
    const [a, b] = [matrix(16, 40, 7), matrix(40, 24, 11)];
    const product = tf.matMul(a, b);
    expect(run((x, y) => tf.matMul(x, y), a, b)).toEqual(take(product.clone()));
    // In XLA's library of kernels this ends the process where products are not kept apart.
    expect(run((x, y) => tf.max(tf.matMul(x, y)), a, b)).toEqual(take(tf.max(product)));
    expect(run((x, y) => tf.max(tf.matMul(x, y), -1), a, b)).toEqual(take(tf.max(product, -1)));
    const probabilities = take(tf.softmax(product)).map((value) => expect.closeTo(value, 6) as number);
    expect(run((x, y) => tf.softmax(tf.matMul(x, y)), a, b)).toEqual(probabilities);
  });

  test('are computed whichever factor is transposed, of vectors, and after a transposition that XLA folds into them', () => {
    const [a, b] = [matrix(16, 40, 7), matrix(24, 40, 11)];
    const exact = take(tf.matMul(a, b, false, true));
    expect(run((x, y) => tf.matMul(x, y, false, true), a, b)).toEqual(exact);
    expectRounded(
      run((x, y) => tf.matMul(x, y, true, true), tf.transpose(a), b),
      exact,
    );
    expectRounded(
      run((x, y) => tf.transpose(tf.matMul(y, tf.transpose(x))), a, b),
      exact,
    );
    const row = tf.slice(a, [3, 0], [1, 40]);
    expectRounded(
      run((x, y) => tf.matMul(x, y, false, true), row, b),
      exact.slice(3 * 24, 4 * 24),
    );
  });

  test('that XLA refuses when it runs are recorded again, called either way', async () => {
    const [x, w] = [tf.div(matrix(32, 64, 7), 64), tf.div(matrix(64, 64, 11), 4)];
    const exact = take(chain(w, x));
    const most = Math.max(...exact.map(Math.abs));
    for (const isAsync of [false, true]) {
      const product = compile(chain, { bf16: true, mode: 'xla' });
      const found = take(isAsync ? await product.async(w, x) : product(w, x));
      found.forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(2 ** -7 * most));
      product.dispose();
    }
  });

  test('stay float32 in batches', () => {
    const [a, b] = [tf.div(matrix(6, 40, 7), 3), tf.div(matrix(80, 3, 11), 3)];
    const [left, right] = [tf.reshape(a, [2, 3, 40]), tf.reshape(b, [2, 40, 3])];
    const exact = take(tf.matMul(left, right)).map((value) => expect.closeTo(value, 4) as number);
    expect(run((x, y) => tf.matMul(x, y), left, right)).toEqual(exact);
  });
});
