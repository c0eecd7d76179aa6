import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { simpo } from '../../losses/index.ts';
import type { PairLengths, PolicyLogps, SimpoOptions } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

type SimpoInputs = PolicyLogps & PairLengths;
const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (options: SimpoOptions) => (inputs: SimpoInputs) => simpo(inputs, options);

/** One pair with mean log-probabilities u_w and u_l over 4 and 8 tokens. */
function pair(chosen: number, rejected: number): Record<string, number[]> {
  return {
    policyChosenLogps: [4 * chosen],
    policyRejectedLogps: [8 * rejected],
    chosenLengths: [4],
    rejectedLengths: [8],
  };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand, each side divided by its own length', () => {
  // Means -1 and -2, rho 1 - ln 3 / 2, beta 2: beta u = ln 3, sigmoid 3/4. Gradients -2 (1/4) / 4 and 2 (1/4) / 8.
  const options = { beta: 2, gammaBetaRatio: 1 - Math.log(3) / 2 };
  expect(evaluate(loss(options), pair(-1, -2))[0]).toBeCloseTo(-Math.log(3 / 4), 6);
  const gradients = differentiate(loss(options), pair(-1, -2), POLICY);
  expect(gradients['policyChosenLogps']![0]).toBeCloseTo(-1 / 8, 6);
  expect(gradients['policyRejectedLogps']![0]).toBeCloseTo(1 / 16, 6);
});

test('asks for a margin: at equal means the loss is above ln 2, and at a gap of rho it is ln 2', () => {
  const at = loss({ beta: 2, gammaBetaRatio: 0.5 });
  expect(evaluate(at, pair(-1, -1))[0]).toBeGreaterThan(Math.LN2);
  expect(evaluate(at, pair(-1, -1.5))[0]).toBeCloseTo(Math.LN2, 6);
});

test('smooths labels as TRL does', () => {
  const plain = evaluate(loss({ beta: 2, gammaBetaRatio: 0.25 }), pair(-1, -2))[0]!;
  const smoothed = evaluate(loss({ beta: 2, gammaBetaRatio: 0.25, labelSmoothing: 0.1 }), pair(-1, -2))[0]!;
  // u = 0.75: -log sigmoid(-beta u) = -log sigmoid(beta u) + beta u.
  expect(smoothed).toBeCloseTo(plain + 0.1 * 2 * 0.75, 6);
});

test('is max(0, 1 - beta u) as hinge', () => {
  const hinge = loss({ beta: 1, gammaBetaRatio: 0.25, lossType: 'hinge' });
  expect(evaluate(hinge, pair(-1, -1.5))).toEqual([0.75]);
  expect(evaluate(hinge, pair(-1, -3))).toEqual([0]);
  expect(differentiate(hinge, pair(-1, -3), POLICY)['policyChosenLogps']!.map(Math.abs)).toEqual([0]);
});

test('leaves a row of length 0 finite', () => {
  const empty = { policyChosenLogps: [0], policyRejectedLogps: [0], chosenLengths: [0], rejectedLengths: [0] };
  expect(evaluate(loss({ beta: 2, gammaBetaRatio: 0 }), empty)[0]).toBeCloseTo(Math.LN2, 6);
});

test.each([
  [{ gammaBetaRatio: -0.1 }, 'simpo: gammaBetaRatio must be a finite number of at least 0, got -0.1.'],
  [{ gammaBetaRatio: undefined }, 'simpo: gammaBetaRatio must be a finite number of at least 0, got undefined.'],
  [{ lossType: 'ipo' }, 'simpo: lossType must be one of sigmoid, hinge, got ipo.'],
  [{ labelSmoothing: 0.6 }, 'simpo: labelSmoothing must be a number from 0 to 0.5, got 0.6.'],
  [{ lossType: 'hinge', labelSmoothing: 0.1 }, 'simpo: labelSmoothing must be 0 with lossType hinge, got 0.1.'],
])('refuses %o', (wrong, message) => {
  const options = { beta: 2, gammaBetaRatio: 0.5, ...wrong } as SimpoOptions;
  const run = (): unknown => simpo(tensorsFrom(pair(-1, -2)) as SimpoInputs, options);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(message);
});
