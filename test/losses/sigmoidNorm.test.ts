import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { dpo, sigmoidNorm } from '../../losses/index.ts';
import type { PairLengths, PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, valuesOf } from './randomPairs.ts';

const loss = (inputs: PairLogps & PairLengths): tf.Tensor => sigmoidNorm(inputs, { beta: 2 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is DPO with beta / n where both responses have n tokens', () => {
  fc.assert(
    fc.property(randomPairs(4), fc.constantFrom(1, 2, 16), (batch, length) => {
      const lengths = batch['refChosenLogps']!.map(() => length);
      const summed = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 2 / length });
      expect(valuesOf(loss, { ...batch, chosenLengths: lengths, rejectedLengths: lengths })).toEqual(
        valuesOf(summed, batch),
      );
    }),
    PROPERTY,
  );
});

test('has a gradient inversely proportional to the length of the response', () => {
  // Equal averages, so sigmoid = 1/2: the gradients are -/+ beta / 2 / length.
  const pair = pairAt(8, 2, { chosenLengths: 8, rejectedLengths: 2 });
  const gradients = gradientsOf(loss, pair, ['policyChosenLogps', 'policyRejectedLogps']);
  expect(gradients).toEqual({ policyChosenLogps: [-0.125], policyRejectedLogps: [0.5] });
});
