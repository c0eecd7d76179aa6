import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { ipoSum } from '../../losses/index.ts';
import type { PairLogps } from '../../losses/index.ts';
import { gradientsOf, pairAt, valuesOf } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (inputs: PairLogps): tf.Tensor => ipoSum(inputs, { beta: 0.125 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('pulls the margin to 1/(2 beta) from both sides, with the values derived by hand', () => {
  // beta = 1/8: the target is 4. z = 1 is 3 below it, z = 6 is 2 above.
  expect(valuesOf(loss, pairAt(2, 1))).toEqual([9]);
  expect(gradientsOf(loss, pairAt(2, 1), POLICY)).toEqual({ policyChosenLogps: [-6], policyRejectedLogps: [6] });
  expect(valuesOf(loss, pairAt(3, -3))).toEqual([4]);
  expect(gradientsOf(loss, pairAt(3, -3), POLICY)).toEqual({ policyChosenLogps: [4], policyRejectedLogps: [-4] });
  expect(valuesOf(loss, pairAt(1, -3))).toEqual([0]);
});
