import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { apoZero } from '../../losses/index.ts';
import type { PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, valuesOf } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (inputs: PairLogps): tf.Tensor => apoZero(inputs, { beta: 0.5 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('runs from 2, all wrong, to 0, all right', () => {
  expect(valuesOf(loss, pairAt(-10_000, 10_000))).toEqual([2]);
  expect(valuesOf(loss, pairAt(10_000, -10_000))[0]).toBeCloseTo(0, 12);
});

test('raises the chosen and lowers the rejected response, each by its own log-ratio alone', () => {
  fc.assert(
    fc.property(randomPairs(4), (batch) => {
      const gradients = gradientsOf(loss, batch, POLICY);
      expect(gradients['policyChosenLogps']!.every((gradient) => gradient < 0)).toBe(true);
      expect(gradients['policyRejectedLogps']!.every((gradient) => gradient > 0)).toBe(true);
      const others = { ...batch, policyRejectedLogps: batch['policyRejectedLogps']!.map((logp) => logp - 3) };
      expect(gradientsOf(loss, others, POLICY)['policyChosenLogps']).toEqual(gradients['policyChosenLogps']);
    }),
    PROPERTY,
  );
});
