import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { hinge } from '../../losses/index.ts';
import type { PairLogps } from '../../losses/index.ts';
import { gradientsOf, pairAt, valuesOf } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (inputs: PairLogps): tf.Tensor => hinge(inputs, { beta: 0.5 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand on both sides of the kink, and gradient 0 at it', () => {
  // beta = 1/2: the kink is at z = 2.
  expect(valuesOf(loss, pairAt(-1, 2))).toEqual([2.5]);
  expect(gradientsOf(loss, pairAt(-1, 2), POLICY)).toEqual({ policyChosenLogps: [-0.5], policyRejectedLogps: [0.5] });
  for (const z of [2, 2.125, 9]) {
    expect(valuesOf(loss, pairAt(z, 0))).toEqual([0]);
    expect(gradientsOf(loss, pairAt(z, 0), POLICY).policyChosenLogps![0]).toBeCloseTo(0, 12);
  }
  expect(valuesOf(loss, pairAt(1.875, 0))).toEqual([0.0625]);
  expect(gradientsOf(loss, pairAt(1.875, 0), POLICY).policyChosenLogps).toEqual([-0.5]);
});
