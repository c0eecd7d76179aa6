import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { dpo, ldDpo } from '../../losses/index.ts';
import type { PairLogps, PairTokenLogps } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

// The chosen response is 3 tokens, of which the first stands after a prompt token; the rejected one is 2.
const batch = {
  policyChosenTokenLogps: [[-9, -1, -2, -4]],
  refChosenTokenLogps: [[-9, -1.5, -2.5, -6]],
  chosenMask: [[0, 1, 1, 1]],
  policyRejectedTokenLogps: [[-1, -3]],
  refRejectedTokenLogps: [[-1.5, -2]],
};
const loss =
  (ldAlpha: number) =>
  (inputs: PairTokenLogps): tf.Tensor =>
    ldDpo(inputs, { beta: 0.5, ldAlpha });
const plain = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5 });

/** DPO of the given sums. */
function dpoOf(chosen: number, refChosen: number): number[] {
  const sums = { policyChosenLogps: [chosen], refChosenLogps: [refChosen] };
  return evaluate(plain, { ...sums, policyRejectedLogps: [-4], refRejectedLogps: [-3.5] });
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('counts the tail beyond the shorter response for ldAlpha, under both models', () => {
  expect(evaluate(loss(0.5), batch)).toEqual(dpoOf(-3 - 2, -4 - 3));
  expect(evaluate(loss(0), batch)).toEqual(dpoOf(-3, -4));
});

test('is DPO of the sums with ldAlpha 1', () => {
  expect(evaluate(loss(1), batch)).toEqual(dpoOf(-7, -10));
});

test('scales the gradient of the tail, and gives none to the prompt', () => {
  const [prompt, first, second, tail] = differentiate(loss(0.25), batch, ['policyChosenTokenLogps'])[
    'policyChosenTokenLogps'
  ]!;
  expect(Math.abs(prompt!)).toBe(0);
  expect(first).toBeLessThan(0);
  expect(second).toBe(first);
  expect(tail).toBeCloseTo(first! / 4, 6);
});

test.each([-0.1, 1.1, Number.NaN])('refuses ldAlpha %s', (ldAlpha) => {
  const run = (): unknown => loss(ldAlpha)(tensorsFrom(batch) as PairTokenLogps);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(`ld_dpo: ldAlpha must be a number from 0 to 1, got ${ldAlpha}.`);
});
