import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { LOSSES, kto, ktoPair, ktoUnpaired } from '../../losses/index.ts';
import type { KtoInputs, KtoOptions, KtoUnpairedInputs, PairLogps } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom, type Inputs } from './evaluate.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (options: KtoOptions) => (inputs: KtoInputs) => kto(inputs, options);
const paired = (inputs: PairLogps): tf.Tensor => ktoPair(inputs, { beta: 1 });

/** Pairs with the given log-ratios. */
function ratios(chosen: number[], rejected: number[]): Inputs {
  return {
    policyChosenLogps: chosen.map((a) => a - 8),
    policyRejectedLogps: rejected.map((b) => b - 16),
    refChosenLogps: chosen.map(() => -8),
    refRejectedLogps: rejected.map(() => -16),
  };
}
const slope = (margin: number): number => 1 / (1 + Math.exp(margin)) / (1 + Math.exp(-margin));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the values and gradients derived by hand', () => {
  // beta = 1, z0 = ln 3. lr_w = 2 ln 3: 1 - sigmoid(ln 3) = 1/4. lr_l = ln 3 / 2 - ln 3 / 2 = 0: 1 - sigmoid(ln 3) = 1/4.
  const inputs = ratios([2 * Math.log(3)], [0]);
  const options = { beta: 1, kl: Math.log(3), desirableWeight: 2 };
  const [chosen, rejected] = evaluate(loss(options), inputs);
  expect(chosen).toBeCloseTo(2 / 4, 6);
  expect(rejected).toBeCloseTo(1 / 4, 6);
  const gradients = differentiate(loss(options), inputs, POLICY);
  expect(gradients['policyChosenLogps']![0]).toBeCloseTo((-2 * 3) / 16, 6);
  expect(gradients['policyRejectedLogps']![0]).toBeCloseTo(3 / 16, 6);
});

test('takes the mismatched mean as a tensor or as a number, and negative ones as 0', () => {
  const inputs = ratios([1, -2], [0.5, -1]);
  for (const kl of [0, 0.75, -0.5]) {
    expect(evaluate(loss({ beta: 0.5 }), { ...inputs, kl })).toEqual(evaluate(loss({ beta: 0.5, kl }), inputs));
  }
  expect(evaluate(loss({ beta: 0.5, kl: -0.5 }), inputs)).toEqual(evaluate(loss({ beta: 0.5, kl: 0 }), inputs));
});

test('refuses a mean that comes twice, not at all, or as a vector', () => {
  const inputs = tensorsFrom(ratios([1], [0])) as KtoInputs;
  const twice = (): unknown => kto({ ...inputs, kl: tf.scalar(0) }, { beta: 1, kl: 0 });
  expect(twice).toThrow(RangeError);
  expect(twice).toThrow(
    'kto: expected kl once, as a scalar tensor among the inputs or as a finite number in the options,',
  );
  expect(twice).toThrow('got input kl of shape [] and option kl 0.');
  expect(() => kto(inputs, { beta: 1 })).toThrow('got no input kl and no option kl.');
  expect(() => kto(inputs, { beta: 1, kl: Number.NaN })).toThrow('got no input kl and option kl NaN.');
  expect(() => kto({ ...inputs, kl: tf.zeros([1]) }, { beta: 1 })).toThrow(
    'got input kl of shape [1] and no option kl.',
  );
});

test.each(['desirableWeight', 'undesirableWeight'])('refuses a %s of 0', (weight) => {
  const run = (): unknown => kto(tensorsFrom(ratios([1], [0])) as KtoInputs, { beta: 1, kl: 0, [weight]: 0 });
  expect(run).toThrow(RangeError);
  expect(run).toThrow(`kto: ${weight} must be a positive finite number, got 0.`);
});

test('starts at one half per side, and elsewhere with weights and a constant kl', () => {
  expect(LOSSES.kto.stepZero({ beta: 0.1 })).toBe(0.5);
  const options = { beta: 1, kl: Math.log(3), desirableWeight: 2 };
  const [chosen, rejected] = evaluate(loss(options), ratios([0], [0]));
  expect(LOSSES.kto.stepZero(options)).toBeCloseTo((chosen! + rejected!) / 2, 6);
});

test('single responses have the values that they have in pairs, in any order', () => {
  const options = { beta: 0.5, kl: 0.25, desirableWeight: 1.5, undesirableWeight: 0.75 };
  const want = evaluate(loss(options), ratios([3, -1], [-3, 1]));
  const single = (inputs: Record<string, tf.Tensor>): tf.Tensor => ktoUnpaired(inputs as KtoUnpairedInputs, options);
  const got = evaluate(single, { policyLogps: [3, -3, -1, 1], refLogps: [0, 0, 0, 0], desirable: [1, 0, 1, 0] });
  expect(got).toEqual([want[0], want[2], want[1], want[3]]);
});

test('pairs measure each half against the mean of the other, where that is above 0', () => {
  // Chosen ratios mean 1, rejected ones mean -1, which counts as 0.
  const inputs = ratios([3, -1], [-3, 1]);
  const want = [3, -1, 1 + 3, 1 - 1].map((margin) => 1 / (1 + Math.exp(margin)));
  for (const [i, value] of evaluate(paired, inputs).entries()) expect(value).toBeCloseTo(want[i]!, 6);
});

test('pairs let gradients through those means: a chosen response also moves the rejected half', () => {
  const inputs = ratios([3, -1], [-3, 1]);
  const own = -slope(3);
  const throughMean = -(slope(4) + slope(0)) / 2;
  expect(differentiate(paired, inputs, POLICY)['policyChosenLogps']![0]).toBeCloseTo(own + throughMean, 6);
});
