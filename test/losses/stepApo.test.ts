import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { dpo, stepApo } from '../../losses/index.ts';
import type { PairLogps, StepApoInputs, StepApoOptions } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';

const loss = (inputs: StepApoInputs): tf.Tensor => stepApo(inputs, { beta: 0.5 });
const at = (chosenValues: number, rejectedValues: number): number =>
  valuesOf(loss, pairAt(1, 0, { chosenValues, rejectedValues }))[0]!;
const plain = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5 });
const unweighted = (inputs: StepApoInputs): tf.Tensor => stepApo(inputs, { beta: 0.5, alpha: 0 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('asks for the larger margin the better the chosen step is: a higher V_w raises the loss, a higher V_l lowers it', () => {
  const rising = [-1, -0.5, 0, 0.5, 1].map((value) => at(value, 0));
  expect(rising).toEqual(rising.toSorted((a, b) => a - b));
  expect(new Set(rising).size).toBe(5);
  const falling = [-1, -0.5, 0, 0.5, 1].map((value) => at(0, value));
  expect(falling).toEqual(falling.toSorted((a, b) => b - a));
  expect(new Set(falling).size).toBe(5);
});

test('is ln 2, with half of the full gradient, where the margin is the advantage', () => {
  // beta z = 1/2 = V_w - V_l.
  const pair = pairAt(1, 0, { chosenValues: 0.75, rejectedValues: 0.25 });
  expect(valuesOf(loss, pair)[0]).toBeCloseTo(Math.LN2, 6);
  expect(gradientsOf(loss, pair, ['policyChosenLogps'])['policyChosenLogps']![0]).toBeCloseTo(-0.25, 6);
});

test('is DPO for steps of equal value, and without weight on values', () => {
  fc.assert(
    fc.property(randomPairs(4, ['chosenValues', 'rejectedValues']), (batch) => {
      const equal = { ...batch, rejectedValues: batch['chosenValues']! };
      expect(valuesOf(loss, equal)).toEqual(valuesOf(plain, batch));
      expect(valuesOf(unweighted, batch)).toEqual(valuesOf(plain, batch));
    }),
    PROPERTY,
  );
});

test('refuses a weight that is no number', () => {
  const inputs = tensorsOf(pairAt(0, 0, { chosenValues: 0, rejectedValues: 0 })) as StepApoInputs;
  const run = (): unknown => stepApo(inputs, { beta: 0.1, alpha: '1' } as unknown as StepApoOptions);
  expect(run).toThrow('step_apo: alpha must be a finite number, got 1.');
});
