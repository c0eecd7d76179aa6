import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { cpo, cpoPref, dpo } from '../../losses/index.ts';
import type { CpoInputs, CpoOptions, CpoPrefOptions, PairLogps, PolicyLogps } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const batch = {
  policyChosenLogps: [-10, -20.5, -7],
  policyRejectedLogps: [-12, -18, -7],
  chosenLengths: [4, 10, 1],
};
const preference = (options: CpoPrefOptions) => (inputs: PolicyLogps) => cpoPref(inputs, options);
const whole = (options: CpoOptions) => (inputs: CpoInputs) => cpo(inputs, options);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('the preference term is DPO with a reference that likes both responses the same', () => {
  const uniform = { ...batch, refChosenLogps: [-3, -3, -3], refRejectedLogps: [-3, -3, -3] };
  for (const labelSmoothing of [0, 0.25]) {
    const reference = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5, labelSmoothing });
    expect(evaluate(preference({ beta: 0.5, labelSmoothing }), batch)).toEqual(evaluate(reference, uniform));
  }
});

test('the preference term is a hinge or a square by lossType', () => {
  // Margins 2, -2.5 and 0 at beta 0.25.
  expect(evaluate(preference({ beta: 0.25, lossType: 'hinge' }), batch)).toEqual([0.5, 1.625, 1]);
  expect(evaluate(preference({ beta: 0.25, lossType: 'ipo' }), batch)).toEqual([0, 20.25, 4]);
});

test('adds alpha times the likelihood over the tokens of the batch, 37.5 nats over 15 tokens', () => {
  const [alone, both] = [
    evaluate(preference({ beta: 0.5 }), batch),
    evaluate(whole({ beta: 0.5, cpoAlpha: 0.5 }), batch),
  ];
  for (const [i, value] of both.entries()) expect(value).toBeCloseTo(alone[i]! + 0.5 * 2.5, 5);
});

test('weighs the likelihood by 1 unless told otherwise, and leaves it out at 0', () => {
  expect(evaluate(whole({ beta: 0.5 }), batch)).toEqual(evaluate(whole({ beta: 0.5, cpoAlpha: 1 }), batch));
  expect(evaluate(whole({ beta: 0.5, cpoAlpha: 0 }), batch)).toEqual(evaluate(preference({ beta: 0.5 }), batch));
});

test('raises the chosen and lowers the rejected responses', () => {
  const gradients = differentiate(whole({ beta: 0.5 }), batch, POLICY);
  expect(gradients['policyChosenLogps']!.every((gradient) => gradient < 0)).toBe(true);
  expect(gradients['policyRejectedLogps']!.every((gradient) => gradient > 0)).toBe(true);
});

test('refuses a negative alpha', () => {
  const run = (): unknown => cpo(tensorsFrom(batch) as CpoInputs, { beta: 0.5, cpoAlpha: -1 });
  expect(run).toThrow(RangeError);
  expect(run).toThrow('cpo: cpoAlpha must be a finite number of at least 0, got -1.');
});
