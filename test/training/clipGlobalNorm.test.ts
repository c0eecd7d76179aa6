import { readFileSync } from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { compile } from '../../src/engine/index.ts';
import { clipGlobalNorm } from '../../src/training/index.ts';
import { describeEverywhere, take } from '../engine/nativeTests.ts';

type Numbers = Record<string, number[]>;

const { shapes, clipping } = JSON.parse(
  readFileSync(new URL('../golden/optimizers.json', import.meta.url), 'utf8'),
) as {
  shapes: Numbers;
  clipping: { title: string; limit: number; gradients: Numbers; norm64: number; clipped64: Numbers }[];
};

/** A sum of twenty squares, a root, a quotient and a product, each rounded by 2^-24 at most. */
const ROUNDING = 23 * 2 ** -24;

describeEverywhere('clipping by the joint norm', (mode) => {
  test.each(clipping)('is that of torch: $title', ({ limit, gradients, norm64, clipped64 }) => {
    const clip = compile((tensors: tf.Tensor[]) => clipGlobalNorm(tensors, limit), { mode, name: 'clip' });
    const tensors = Object.entries(gradients).map(([name, values]) => tf.tensor(values, shapes[name]));
    const { clipped, norm } = clip(tensors);
    expect(Math.abs(take(norm)[0]! - norm64)).toBeLessThanOrEqual(ROUNDING * norm64);
    Object.keys(gradients).forEach((name, i) => {
      take(clipped[i]!).forEach((value, at) => {
        const exact = clipped64[name]![at]!;
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(ROUNDING * Math.abs(exact));
      });
    });
    tf.dispose(tensors);
    clip.dispose();
  });

  test('leaves gradients below the limit as they are', () => {
    const { clipped, norm } = clipGlobalNorm([tf.tensor1d([3]), tf.tensor2d([[4]])], 10);
    expect(take(norm)).toEqual([5]);
    expect(clipped.map(take)).toEqual([[3], [4]]);
  });
});
