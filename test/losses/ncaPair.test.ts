import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { ncaPair } from '../../losses/index.ts';
import type { PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs } from './randomPairs.ts';

const loss = (inputs: PairLogps): tf.Tensor => ncaPair(inputs, { beta: 0.5 });
const chosenGradient = (a: number, b: number): number =>
  gradientsOf(loss, pairAt(a, b), ['policyChosenLogps'])['policyChosenLogps']![0]!;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('holds the reward of the chosen response at ln 2, whatever becomes of the rejected one', () => {
  for (const b of [-20, 0, 20]) {
    expect(chosenGradient(2 * Math.log(2), b)).toBeCloseTo(0, 6);
    expect(chosenGradient(1, b)).toBeLessThan(-1e-3);
    expect(chosenGradient(2, b)).toBeGreaterThan(1e-3);
  }
});

test('always lowers the rejected response', () => {
  fc.assert(
    fc.property(randomPairs(4), (batch) => {
      const { policyRejectedLogps } = gradientsOf(loss, batch, ['policyRejectedLogps']);
      expect(policyRejectedLogps!.every((gradient) => gradient > 0)).toBe(true);
    }),
    PROPERTY,
  );
});
