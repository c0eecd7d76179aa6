import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { orpo, orpoOrTerm, orpoSeqnll } from '../../losses/index.ts';
import type { PairLengths, PolicyLogps } from '../../losses/index.ts';
import { differentiate, evaluate } from './evaluate.ts';

type OrpoInputs = PolicyLogps & PairLengths;
const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const term = (inputs: OrpoInputs): tf.Tensor => orpoOrTerm(inputs, { beta: 1 });

/** One pair with probabilities p_w and p_l per token, 4 and 2 tokens long. */
function pair(chosen: number, rejected: number): Record<string, number[]> {
  return {
    policyChosenLogps: [4 * Math.log(chosen)],
    policyRejectedLogps: [2 * Math.log(rejected)],
    chosenLengths: [4],
    rejectedLengths: [2],
  };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand: odds of 3 against 1 are a ratio of 3', () => {
  // p = 3/4 and 1/2: sigmoid(ln 3) = 3/4. d odds / du = 1/(1 - p): gradients -(1/4) 4 / 4 and (1/4) 2 / 2.
  expect(evaluate(term, pair(0.75, 0.5))[0]).toBeCloseTo(-Math.log(3 / 4), 5);
  const gradients = differentiate(term, pair(0.75, 0.5), POLICY);
  expect(gradients['policyChosenLogps']![0]).toBeCloseTo(-0.25, 5);
  expect(gradients['policyRejectedLogps']![0]).toBeCloseTo(0.25, 5);
});

test('adds the likelihood of the chosen responses, over all tokens or each response by itself', () => {
  const batch = {
    policyChosenLogps: [-8, -3],
    policyRejectedLogps: [-9, -4],
    chosenLengths: [2, 3],
    rejectedLengths: [3, 2],
  };
  const odds = evaluate(term, batch);
  const tokens = evaluate((inputs: OrpoInputs) => orpo(inputs, { beta: 1 }), batch);
  const sequences = evaluate((inputs: OrpoInputs) => orpoSeqnll(inputs, { beta: 1 }), batch);
  for (const [i, likelihood] of [11 / 5, 11 / 5].entries()) expect(tokens[i]! - odds[i]!).toBeCloseTo(likelihood, 5);
  for (const [i, likelihood] of [4, 1].entries()) expect(sequences[i]! - odds[i]!).toBeCloseTo(likelihood, 5);
});

test('is scaled by beta', () => {
  const half = evaluate((inputs: OrpoInputs) => orpoOrTerm(inputs, { beta: 0.5 }), pair(0.75, 0.5))[0]!;
  expect(half).toBeCloseTo(evaluate(term, pair(0.75, 0.5))[0]! / 2, 6);
});

test.each([
  ['both sure', 0, 0],
  ['the rejected one sure', -40, 0],
  ['the chosen one sure', 0, -40],
  ['nearly sure', -1e-9, -1e-6],
  ['10,000 nats apart', -1e4, -1e-3],
])('stays finite, with its gradient: %s', (_, policyChosenLogps, policyRejectedLogps) => {
  const inputs = {
    policyChosenLogps: [policyChosenLogps],
    policyRejectedLogps: [policyRejectedLogps],
    chosenLengths: [1],
    rejectedLengths: [1],
  };
  expect(evaluate(term, inputs).every(Number.isFinite)).toBe(true);
  for (const gradient of Object.values(differentiate(term, inputs, POLICY)))
    expect(gradient.every(Number.isFinite)).toBe(true);
});

test('does not push a response that is sure already', () => {
  const gradients = differentiate(term, pair(1, 0.5), POLICY);
  expect(gradients['policyChosenLogps']!.map(Math.abs)).toEqual([0]);
  expect(gradients['policyRejectedLogps']![0]).toBeGreaterThan(0);
});
