import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { apoDown } from '../../losses/index.ts';
import type { PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, valuesOf } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (inputs: PairLogps): tf.Tensor => apoDown(inputs, { beta: 0.5 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is least where the chosen response has fallen and the rejected one has fallen farther', () => {
  expect(valuesOf(loss, pairAt(-100, -300))[0]).toBeCloseTo(0, 12);
  expect(valuesOf(loss, pairAt(-300, -100))).toEqual([1]);
  expect(valuesOf(loss, pairAt(300, 100))).toEqual([1]);
});

test('lowers the rejected response always, the chosen one once their difference is settled', () => {
  fc.assert(
    fc.property(randomPairs(4), (batch) => {
      const { policyRejectedLogps } = gradientsOf(loss, batch, POLICY);
      expect(policyRejectedLogps!.every((gradient) => gradient > 0)).toBe(true);
    }),
    PROPERTY,
  );
  // sigmoid'(0) = 1/4 at a = 0, against sigmoid'(20) at z = 40.
  expect(gradientsOf(loss, pairAt(0, -40), POLICY)['policyChosenLogps']![0]).toBeCloseTo(0.125, 6);
});
