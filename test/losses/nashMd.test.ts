import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { nashMdPaper, nashMdTrl } from '../../losses/index.ts';
import type { NashMdInputs } from '../../losses/index.ts';
import { differentiate, evaluate } from './evaluate.ts';

// Log-ratios 0.5 and -1 in a response that won with probability 3/4.
const batch = { policyTokenLogps: [[-1, -2]], refTokenLogps: [[-1.5, -1]], winProbability: [0.75] };
const trl = (inputs: NashMdInputs): tf.Tensor => nashMdTrl(inputs, { beta: 0.5 });
const paper = (inputs: NashMdInputs): tf.Tensor => nashMdPaper(inputs, { beta: 0.5 });
const gradientOf = (fn: typeof trl, inputs: typeof batch): number[] =>
  differentiate(fn, inputs, ['policyTokenLogps'])['policyTokenLogps']!;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('have the values derived by hand', () => {
  expect(evaluate(trl, batch)).toEqual([0.5 * (-0.5 + 2) - 0.25 * -3]);
  expect(evaluate(paper, batch)).toEqual([(0.5 * -0.5 - 0.25) * -3]);
});

test('the gradient is the KL of each token in TRL, of the whole response in the paper, less the advantage', () => {
  expect(gradientOf(trl, batch)).toEqual([0.5 * 0.5 - 0.25, 0.5 * -1 - 0.25]);
  expect(gradientOf(paper, batch)).toEqual([0.5 * -0.5 - 0.25, 0.5 * -0.5 - 0.25]);
});

test('agree for responses of one token', () => {
  const short = { policyTokenLogps: [[-1], [-2]], refTokenLogps: [[-1.5], [-1]], winProbability: [0.75, 0.5] };
  expect(evaluate(trl, short)).toEqual(evaluate(paper, short));
});

test('at the reference push up what wins, down what loses, and leave a tie alone', () => {
  for (const fn of [trl, paper]) {
    const at = (winProbability: number): number =>
      gradientOf(fn, { ...batch, refTokenLogps: batch.policyTokenLogps, winProbability: [winProbability] })[0]!;
    expect(at(1)).toBe(-0.5);
    expect(at(0)).toBe(0.5);
    expect(Math.abs(at(0.5))).toBe(0);
  }
});
