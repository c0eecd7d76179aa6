import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { createParameter, startEngine } from '../../../src/engine/index.ts';
import { createAdafactor } from '../../../src/training/index.ts';
import { describeGolden } from './describeGolden.ts';
import { initialWeights, valuesOf } from './goldenOptimizers.ts';

beforeAll(async () => {
  await startEngine();
});

describeGolden('adafactor', 'transformers.optimization.Adafactor');

test('it keeps a row and a column for a matrix, and whole vectors', () => {
  const optimizer = createAdafactor(initialWeights());
  const shapes = [...optimizer.state].map(([name, { shape }]) => [name, shape]);
  expect(shapes).toEqual([
    ['matrix.row', [3]],
    ['matrix.column', [4]],
    ['vector.square', [4]],
    ['row.row', [1]],
    ['row.column', [4]],
  ]);
  optimizer.dispose();
});

test('rows without a gradient, as of tokens that a batch lacks, stay where they are', () => {
  const weights = new Map([['embedding', createParameter(tf.ones([3, 2]), 'embedding')]]);
  const optimizer = createAdafactor(weights);
  const gradient = tf.tensor2d([
    [1e4, -1e4],
    [0, 0],
    [1e-4, 1e-4],
  ]);
  for (let step = 1; step <= 3; step++) {
    tf.tidy(() => optimizer.apply([gradient], tf.scalar(step), tf.scalar(0.1)));
  }
  const [first, second] = [0, 2].map((i) => valuesOf(weights).get('embedding')![i]);
  expect(second).toBe(1);
  expect(first).toBeLessThan(0.8);
  expect([...valuesOf(weights).get('embedding')!].every(Number.isFinite)).toBe(true);
  optimizer.dispose();
});

test('options out of their range are refused by name', () => {
  const weights = initialWeights();
  expect(() => createAdafactor(weights, { decayRate: 0.8 })).toThrow(/decayRate must be a number below 0, got 0\.8\./);
  expect(() => createAdafactor(weights, { clipThreshold: 0 })).toThrow(/clipThreshold must be above 0/);
  expect(() => createAdafactor(weights, { epsilon: -1 })).toThrow(/createAdafactor: epsilon/);
  expect(() => createAdafactor(weights, { scaleFloor: NaN })).toThrow(/createAdafactor: scaleFloor/);
  expect(() => createAdafactor(weights, { weightDecay: -1 })).toThrow(RangeError);
});
