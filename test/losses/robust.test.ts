import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { dpo, robust } from '../../losses/index.ts';
import type { PairLogps, RobustOptions } from '../../losses/index.ts';
import { PROPERTY, largestDifference, pairAt, randomPairs, swapPairs, tensorsOf, valuesOf } from './randomPairs.ts';

const loss = (labelSmoothing: number) => (inputs: PairLogps) => robust(inputs, { beta: 0.25, labelSmoothing });
const clean = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.25 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is DPO where no label is flipped', () => {
  fc.assert(
    fc.property(randomPairs(4), (batch) => {
      expect(valuesOf(loss(0), batch)).toEqual(valuesOf(clean, batch));
    }),
    PROPERTY,
  );
});

test('is, on average over flipped labels, the DPO loss of the true ones', () => {
  fc.assert(
    fc.property(randomPairs(4), fc.constantFrom(0.1, 0.25, 0.4), (batch, e) => {
      const [kept, flipped] = [valuesOf(loss(e), batch), valuesOf(loss(e), swapPairs(batch))];
      const mean = kept.map((value, i) => (1 - e) * value + e * flipped[i]!);
      expect(largestDifference(mean, valuesOf(clean, batch))).toBeLessThan(2e-5);
    }),
    PROPERTY,
  );
});

test('falls without bound, below zero, as the margin grows', () => {
  // e = 1/4: e / (1 - 2 e) = 1/2, so far out the loss is -beta z / 2.
  expect(valuesOf(loss(0.25), pairAt(10_000, 0))).toEqual([-1250]);
});

test.each([0.5, 0.6, -0.1, Number.NaN, undefined])('refuses label smoothing %s', (labelSmoothing) => {
  const run = (): unknown =>
    robust(tensorsOf(pairAt(0, 0)) as PairLogps, { beta: 0.1, labelSmoothing } as RobustOptions);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(`robust: labelSmoothing must be a number from 0 to below 0.5, got ${String(labelSmoothing)}.`);
});
