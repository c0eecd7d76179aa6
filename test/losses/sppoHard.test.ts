import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { sppoHard } from '../../losses/index.ts';
import type { PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, largestDifference, margins, pairAt, randomPairs, valuesOf } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (beta: number) => (inputs: PairLogps) => sppoHard(inputs, { beta });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand', () => {
  // beta = 1/4: targets +2 and -2. With a = 3, b = 1 the distances are 1 and 3, the loss 1 + 9, the gradient twice them.
  const gradients = gradientsOf(loss(0.25), pairAt(3, 1), POLICY);
  expect(valuesOf(loss(0.25), pairAt(3, 1))).toEqual([10]);
  expect(gradients).toEqual({ policyChosenLogps: [2], policyRejectedLogps: [6] });
});

test('is zero, with zero gradient, at log-ratios of plus and minus 1/(2 beta)', () => {
  expect(valuesOf(loss(0.25), pairAt(2, -2))).toEqual([0]);
  expect(gradientsOf(loss(0.25), pairAt(2, -2), POLICY)).toEqual({ policyChosenLogps: [0], policyRejectedLogps: [0] });
});

test('is the same when both log-ratios change sign and sides', () => {
  fc.assert(
    fc.property(fc.integer({ min: -64, max: 64 }), fc.integer({ min: -64, max: 64 }), (a, b) => {
      expect(valuesOf(loss(0.25), pairAt(-b, -a))).toEqual(valuesOf(loss(0.25), pairAt(a, b)));
    }),
    PROPERTY,
  );
});

test('is an IPO term with twice the target plus a term that pins the sum of the log-ratios', () => {
  // (a - t)^2 + (b + t)^2 = [(a - b - 2t)^2 + (a + b)^2] / 2 with t = 1/(2 beta) = 2.
  fc.assert(
    fc.property(randomPairs(4), (batch) => {
      const sums = batch['policyChosenLogps']!.map(
        (chosen, i) =>
          chosen - batch['refChosenLogps']![i]! + batch['policyRejectedLogps']![i]! - batch['refRejectedLogps']![i]!,
      );
      const want = margins(batch).map((z, i) => ((z - 4) ** 2 + sums[i]! ** 2) / 2);
      expect(largestDifference(valuesOf(loss(0.25), batch), want)).toBeLessThan(1e-3);
    }),
    PROPERTY,
  );
});
