import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { discopop } from '../../losses/index.ts';
import type { DiscopopOptions, PairLogps } from '../../losses/index.ts';
import { gradientsOf, pairAt, tensorsOf, valuesOf } from './randomPairs.ts';

const loss = (options: DiscopopOptions) => (inputs: PairLogps) => discopop(inputs, options);
const slope = (options: DiscopopOptions, z: number): number =>
  gradientsOf(loss(options), pairAt(z, 0), ['policyChosenLogps'])['policyChosenLogps']![0]!;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is the logistic loss for losing pairs and the exponential one for winning pairs', () => {
  // With tau = 1/20, sigmoid(2 / tau) = 1 - 4e-18.
  expect(valuesOf(loss({ beta: 1 }), pairAt(-2, 0))[0]).toBeCloseTo(Math.log1p(Math.exp(2)), 6);
  expect(valuesOf(loss({ beta: 1 }), pairAt(2, 0))[0]).toBeCloseTo(Math.exp(-2), 6);
});

test('is |beta z| where the pair is hopelessly wrong, with the gradient of it', () => {
  expect(valuesOf(loss({ beta: 1 }), pairAt(-10_000, 0))).toEqual([10_000]);
  expect(slope({ beta: 1 }, -10_000)).toBe(-1);
});

test('rises with the margin between beta z = -0.12 and 0.07, and falls on both sides', () => {
  expect([-0.16, -0.13, -0.11, 0, 0.06, 0.08, 0.5].map((z) => slope({ beta: 1 }, z) > 0)).toEqual([
    false,
    false,
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('blends by a temperature of 0.05 unless told otherwise', () => {
  expect(valuesOf(loss({ beta: 0.25 }), pairAt(1, 0))).toEqual(valuesOf(loss({ beta: 0.25, tau: 0.05 }), pairAt(1, 0)));
  expect(valuesOf(loss({ beta: 0.25, tau: 0.5 }), pairAt(1, 0))).not.toEqual(
    valuesOf(loss({ beta: 0.25 }), pairAt(1, 0)),
  );
});

test.each([0, -1, Number.NaN])('refuses tau %s', (tau) => {
  const run = (): unknown => discopop(tensorsOf(pairAt(0, 0)) as PairLogps, { beta: 0.1, tau });
  expect(run).toThrow(`discopop: tau must be a positive finite number, got ${tau}.`);
});
