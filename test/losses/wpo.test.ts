import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { dpo, wpo, wpoWeights } from '../../losses/index.ts';
import type { PairLogps, WpoInputs, WpoOptions, WpoWeightInputs } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const batch = {
  policyChosenTokenLogps: [
    [-0.5, -1.5],
    [-1, -2],
  ],
  policyRejectedTokenLogps: [
    [-1, -1, -1],
    [-0.5, -0.25, -0.25],
  ],
  chosenSumPSquared: [
    [0.5, 0.25],
    [0.25, 0.5],
  ],
  rejectedSumPSquared: [
    [0.5, 0.5, 0.5],
    [0.25, 0.25, 1],
  ],
  refChosenLogps: [-3, -2],
  refRejectedLogps: [-2, -2],
};
const pairs = {
  policyChosenLogps: [-2, -3],
  policyRejectedLogps: [-3, -1],
  refChosenLogps: [-3, -2],
  refRejectedLogps: [-2, -2],
};
// exp of the mean of log p - log sum p^2: (-2 + 3 ln 2)/2 and (-3 + 3 ln 2)/2; -1 + ln 2 and (-1 + 4 ln 2)/3.
const chosenWeights = [Math.exp((-2 + 3 * Math.LN2) / 2), Math.exp((-3 + 3 * Math.LN2) / 2)];
const rejectedWeights = [2 / Math.E, Math.exp((-1 + 4 * Math.LN2) / 3)];
const loss = (options: WpoOptions) => (inputs: WpoInputs) => wpo(inputs, options);
const plain = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5, labelSmoothing: 0.1 });
const weightsOf = (inputs: WpoWeightInputs): tf.Tensor => wpoWeights(inputs);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('weights responses by how likely the policy is to give them, as derived by hand', () => {
  const got = evaluate(weightsOf, {
    policyTokenLogps: batch.policyChosenTokenLogps,
    sumPSquared: batch.chosenSumPSquared,
  });
  for (const [i, value] of got.entries()) expect(value).toBeCloseTo(chosenWeights[i]!, 6);
});

test('is DPO times both weights, value and gradient of every token', () => {
  const got = evaluate(loss({ beta: 0.5, labelSmoothing: 0.1 }), batch);
  const keys = ['policyChosenTokenLogps', 'policyRejectedTokenLogps'];
  const gradients = differentiate(loss({ beta: 0.5, labelSmoothing: 0.1 }), batch, keys);
  const perPair = differentiate(plain, pairs, ['policyChosenLogps', 'policyRejectedLogps']);
  for (const [i, value] of evaluate(plain, pairs).entries()) {
    const weight = chosenWeights[i]! * rejectedWeights[i]!;
    expect(got[i]).toBeCloseTo(weight * value, 5);
    for (const t of [0, 1])
      expect(gradients[keys[0]!]![2 * i + t]).toBeCloseTo(weight * perPair['policyChosenLogps']![i]!, 6);
    for (const t of [0, 1, 2])
      expect(gradients[keys[1]!]![3 * i + t]).toBeCloseTo(weight * perPair['policyRejectedLogps']![i]!, 6);
  }
});

test('clamps the product of the weights, not each of them', () => {
  // Products 1.04... x 0.73... and 0.63... x 1.80...: only the second is above 1.
  const products = chosenWeights.map((weight, i) => weight * rejectedWeights[i]!);
  expect(products[0]).toBeLessThan(1);
  expect(products[1]).toBeGreaterThan(1);
  const open = evaluate(loss({ beta: 0.5 }), batch);
  const clamped = evaluate(loss({ beta: 0.5, clamp: 1 }), batch);
  expect(clamped[0]).toBe(open[0]);
  expect(clamped[1]).toBeCloseTo(open[1]! / products[1]!, 5);
  expect(evaluate(loss({ beta: 0.5, clamp: null }), batch)).toEqual(open);
});

test('takes one pair without a batch axis', () => {
  const first = Object.fromEntries(
    Object.entries(batch).map(([key, rows]) => [
      key,
      key.startsWith('ref') ? [rows[0] as number] : (rows[0] as number[]),
    ]),
  );
  expect(evaluate(loss({ beta: 0.5 }), first)).toEqual([evaluate(loss({ beta: 0.5 }), batch)[0]]);
});

test.each([0, -1, Number.NaN])('refuses to clamp at %s', (clamp) => {
  const run = (): unknown => wpo(tensorsFrom(batch) as WpoInputs, { beta: 0.5, clamp });
  expect(run).toThrow(RangeError);
  expect(run).toThrow(`wpo: clamp must be a positive finite number, got ${clamp}.`);
});

test('refuses different numbers of chosen and rejected responses', () => {
  const inputs = tensorsFrom(batch);
  const one = { ...inputs, policyRejectedTokenLogps: tf.zeros([1, 3]), rejectedSumPSquared: tf.ones([1, 3]) };
  expect(() => wpo(one as unknown as WpoInputs, { beta: 0.5 })).toThrow(RangeError);
});
