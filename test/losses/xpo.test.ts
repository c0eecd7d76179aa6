import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { dpo, xpo } from '../../losses/index.ts';
import type { PairLogps, XpoInputs, XpoOptions } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const batch = {
  policyLogpsOnPolicySample: [-10, -22],
  policyLogpsOnRefSample: [-14, -19],
  refLogpsOnPolicySample: [-12, -20],
  refLogpsOnRefSample: [-13, -20.5],
  policySampleWins: [1, 0],
};
const loss = (options: XpoOptions) => (inputs: XpoInputs) => xpo(inputs, options);
const plain = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is DPO of winner against loser when there is no bonus', () => {
  const pairs = {
    policyChosenLogps: [-10, -19],
    policyRejectedLogps: [-14, -22],
    refChosenLogps: [-12, -20.5],
    refRejectedLogps: [-13, -20],
  };
  expect(evaluate(loss({ beta: 0.5, alpha: 0 }), batch)).toEqual(evaluate(plain, pairs));
});

test('the bonus is the log-probability of the reference response, won or lost, and lowers it', () => {
  const without = evaluate(loss({ beta: 0.5, alpha: 0 }), batch);
  const withBonus = evaluate(loss({ beta: 0.5, alpha: 0.25 }), batch);
  for (const [i, logp] of [-14, -19].entries()) expect(withBonus[i]! - without[i]!).toBeCloseTo(0.25 * logp, 5);
  const keys = ['policyLogpsOnRefSample'];
  const [low, high] = [0, 0.25].map((alpha) => differentiate(loss({ beta: 0.5, alpha }), batch, keys)[keys[0]!]!);
  for (const [i, gradient] of high!.entries()) expect(gradient - low![i]!).toBeCloseTo(0.25, 6);
});

test('is the square of the margin less 1/(2 beta) as ipo', () => {
  // Winner less loser: (2 - -1) and (1.5 - -2), targets 1.
  expect(evaluate(loss({ beta: 0.5, alpha: 0, lossType: 'ipo' }), batch)).toEqual([4, 6.25]);
});

test('takes verdicts as booleans too', () => {
  const wins = { ...batch, policySampleWins: [true, false] as unknown as number[] };
  expect(evaluate(loss({ beta: 0.5, alpha: 0.1 }), wins)).toEqual(evaluate(loss({ beta: 0.5, alpha: 0.1 }), batch));
});

test.each([
  [{ alpha: -1e-5 }, 'xpo: alpha must be a finite number of at least 0, got -0.00001.'],
  [{ lossType: 'hinge' }, 'xpo: lossType must be one of sigmoid, ipo, got hinge.'],
])('refuses %o', (wrong, message) => {
  const run = (): unknown => xpo(tensorsFrom(batch) as XpoInputs, { beta: 0.5, alpha: 0, ...wrong } as XpoOptions);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(message);
});
