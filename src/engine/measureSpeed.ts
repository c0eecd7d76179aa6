import * as tf from '@tensorflow/tfjs-core';

import { compile } from './compile.ts';

const RUNS = 5;
const PATIENCE_MS = 700;

/**
 * The speed of a compiled product of two square matrices, with reading one number back.
 *
 * @param length rows and columns of each
 * @returns 10^9 floating-point operations a second, the median of up to five runs after one for compilation
 */
export function measureProducts(length: number, options: { bf16: boolean }): number {
  // The largest element is asked for, as XLA would compute less than the whole product for a sum or a part of it.
  const product = compile((a: tf.Tensor, b: tf.Tensor) => tf.max(tf.matMul(a, b)), { ...options, name: 'doctor' });
  const matrix = tf.ones([length, length]);
  const run = (): number => {
    const start = performance.now();
    const result = product(matrix, matrix);
    result.dataSync();
    result.dispose();
    return performance.now() - start;
  };
  try {
    run();
    const times: number[] = [];
    const end = performance.now() + PATIENCE_MS;
    while (times.length === 0 || (times.length < RUNS && performance.now() < end)) times.push(run());
    times.sort((a, b) => a - b);
    return (2 * length ** 3) / times[times.length >> 1]! / 1e6;
  } finally {
    matrix.dispose();
    product.dispose();
  }
}
