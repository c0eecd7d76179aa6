import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { dpo, dpoFdivAlpha, dpoFdivForwardKl } from '../../losses/index.ts';
import type { DpoFdivAlphaOptions, PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, largestDifference, pairAt, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';

const loss = (options: Omit<DpoFdivAlphaOptions, 'beta'>) => (inputs: PairLogps) =>
  dpoFdivAlpha(inputs, { beta: 0.25, ...options });
const plain = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.25 });
const forward = (inputs: PairLogps): tf.Tensor => dpoFdivForwardKl(inputs, { beta: 0.25 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('passes into DPO as alpha goes to 1, and is the forward KL at 0', () => {
  fc.assert(
    fc.property(randomPairs(4, [], 4), (batch) => {
      expect(valuesOf(loss({ alpha: 1 }), batch)).toEqual(valuesOf(plain, batch));
      expect(largestDifference(valuesOf(loss({ alpha: 1 - 1e-6 }), batch), valuesOf(plain, batch))).toBeLessThan(2e-5);
      expect(valuesOf(loss({ alpha: 0 }), batch)).toEqual(valuesOf(forward, batch));
    }),
    PROPERTY,
  );
});

test('has the value derived by hand', () => {
  // alpha = 1/2: s = -2 exp(-lr / 2), so -1 at lr = ln 4 and -4 at -ln 4. beta (s_w - s_l) = 3/4.
  const pair = pairAt(Math.log(4), -Math.log(4));
  expect(valuesOf(loss({ alpha: 0.5 }), pair)[0]).toBeCloseTo(Math.log1p(Math.exp(-0.75)), 6);
  expect(valuesOf(loss({}), pair)).toEqual(valuesOf(loss({ alpha: 0.5 }), pair));
});

test('takes the coefficient of TRL up to 0.28, whose score is (1 - u^-c) / c, in the place of alpha', () => {
  // c = 2: s = (1 - u^-2) / 2, which is 3/8 at u = 2 and -3/2 at u = 1/2. beta (s_w - s_l) = 15/32. fp32 holds log-probabilities of -50 nats to 2e-6.
  const pair = pairAt(Math.LN2, -Math.LN2);
  expect(valuesOf(loss({ alphaDivergenceCoef: 2 }), pair)[0]).toBeCloseTo(Math.log1p(Math.exp(-15 / 32)), 5);
  expect(valuesOf(loss({ alphaDivergenceCoef: 2 }), pair)).toEqual(valuesOf(loss({ alpha: -1 }), pair));
});

test('goes on as a straight line beyond an exponent of 32, so that no gradient is lost', () => {
  const slope = (a: number): number =>
    gradientsOf(loss({ alpha: 0 }), pairAt(a, 0), ['policyChosenLogps'])['policyChosenLogps']![0]! / Math.exp(32);
  expect(slope(-31)).toBeCloseTo(-0.25 * Math.exp(-1), 5);
  for (const a of [-33, -100, -10_000]) expect(slope(a)).toBeCloseTo(-0.25, 5);
  const values = [-31, -32, -33, -100, -10_000].map((a) => valuesOf(loss({ alpha: 0 }), pairAt(a, 0))[0]!);
  expect(values).toEqual(values.toSorted((p, q) => p - q));
});

test.each([
  [
    { alpha: 0.5, alphaDivergenceCoef: 0.5 },
    'dpo_fdiv_alpha: expected one of alpha and alphaDivergenceCoef, got both.',
  ],
  [{ alpha: Number.NaN }, 'dpo_fdiv_alpha: alpha must be a finite number, got NaN.'],
  [
    { alphaDivergenceCoef: Number.POSITIVE_INFINITY },
    'dpo_fdiv_alpha: alphaDivergenceCoef must be a finite number, got Infinity.',
  ],
])('refuses %o', (options, message) => {
  const run = (): unknown => loss(options)(tensorsOf(pairAt(0, 0)) as PairLogps);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(message);
});
