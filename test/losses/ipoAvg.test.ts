import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { ipoAvg, ipoSum } from '../../losses/index.ts';
import type { PairLengths, PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, valuesOf } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (inputs: PairLogps & PairLengths): tf.Tensor => ipoAvg(inputs, { beta: 0.125 });
const summed = (inputs: PairLogps): tf.Tensor => ipoSum(inputs, { beta: 0.125 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand', () => {
  // Averages 8/4 = 2 and 2/2 = 1, target 4: (1 - 4)^2, gradient 2 (-3)/4 and -2 (-3)/2.
  const pair = pairAt(8, 2, { chosenLengths: 4, rejectedLengths: 2 });
  expect(valuesOf(loss, pair)).toEqual([9]);
  expect(gradientsOf(loss, pair, POLICY)).toEqual({ policyChosenLogps: [-1.5], policyRejectedLogps: [3] });
});

test('is the summed loss for responses of one token, and of none, as in rows that only fill up a batch', () => {
  fc.assert(
    fc.property(randomPairs(4), fc.constantFrom(0, 1), (batch, length) => {
      const lengths = batch['refChosenLogps']!.map(() => length);
      const both = { ...batch, chosenLengths: lengths, rejectedLengths: lengths };
      expect(valuesOf(loss, both)).toEqual(valuesOf(summed, batch));
    }),
    PROPERTY,
  );
});

test('takes lengths as integers too', () => {
  const logps = { policyChosenLogps: tf.tensor1d([-4]), policyRejectedLogps: tf.tensor1d([-6]) };
  const reference = { refChosenLogps: tf.tensor1d([-12]), refRejectedLogps: tf.tensor1d([-8]) };
  const lengths = { chosenLengths: tf.tensor1d([4], 'int32'), rejectedLengths: tf.tensor1d([2], 'int32') };
  expect(ipoAvg({ ...logps, ...reference, ...lengths }, { beta: 0.125 }).arraySync()).toEqual([9]);
});
