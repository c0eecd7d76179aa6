import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { cdpo, dpo, softCe } from '../../losses/index.ts';
import type { PairLogps, SoftCeInputs } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, largestDifference, pairAt, randomPairs, swapPairs, valuesOf } from './randomPairs.ts';

const loss = (inputs: SoftCeInputs): tf.Tensor => softCe(inputs, { beta: 0.5 });
const every = (label: number): { softLabels: number[] } => ({ softLabels: [label, label, label, label] });
const hard = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5 });
const smooth = (inputs: PairLogps): tf.Tensor => cdpo(inputs, { beta: 0.5, labelSmoothing: 0.125 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is DPO for sure labels and cDPO for labels that are wrong with probability e', () => {
  fc.assert(
    fc.property(randomPairs(4), (batch) => {
      expect(valuesOf(loss, { ...batch, ...every(1) })).toEqual(valuesOf(hard, batch));
      expect(valuesOf(loss, { ...batch, ...every(0.875) })).toEqual(valuesOf(smooth, batch));
    }),
    PROPERTY,
  );
});

test('does not care which response is called chosen when the label turns with it', () => {
  fc.assert(
    fc.property(randomPairs(4, ['softLabels']), (batch) => {
      const swapped = { ...swapPairs(batch), softLabels: batch['softLabels']!.map((label) => 1 - label) };
      expect(largestDifference(valuesOf(loss, swapped), valuesOf(loss, batch))).toBeLessThan(5e-6);
    }),
    PROPERTY,
  );
});

test('is least where the preference of the policy is the label', () => {
  // sigmoid(z/2) = 3/4 at z = 2 ln 3, and the loss there is the entropy of the label.
  const best = pairAt(2 * Math.log(3), 0, { softLabels: 0.75 });
  expect(valuesOf(loss, best)[0]).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 6);
  expect(gradientsOf(loss, best, ['policyChosenLogps'])['policyChosenLogps']![0]).toBeCloseTo(0, 6);
});
