import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { exoPair, rewardAwareRpoFwd } from '../../losses/index.ts';
import type { ExoPairOptions, PairLogps, RewardAwareInputs } from '../../losses/index.ts';
import { gradientsOf, pairAt, tensorsOf, valuesOf } from './randomPairs.ts';

const POLICY = ['policyChosenLogps'];
const loss = (inputs: PairLogps): tf.Tensor => exoPair(inputs, { beta: 0.5, labelSmoothing: 0.25 });
const gap = (inputs: RewardAwareInputs): tf.Tensor => rewardAwareRpoFwd(inputs, { beta: 0.5 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is 0, with gradient 0, at sigmoid(beta z) = 1 - e, and pulls back to it from both sides', () => {
  // e = 1/4, beta = 1/2: sigmoid(z/2) = 3/4 at z = 2 ln 3.
  const best = pairAt(2 * Math.log(3), 0);
  expect(valuesOf(loss, best)[0]).toBeCloseTo(0, 6);
  expect(gradientsOf(loss, best, POLICY)['policyChosenLogps']![0]).toBeCloseTo(0, 6);
  expect(gradientsOf(loss, pairAt(3, 0), POLICY)['policyChosenLogps']![0]).toBeGreaterThan(1e-3);
  expect(gradientsOf(loss, pairAt(2, 0), POLICY)['policyChosenLogps']![0]).toBeLessThan(-1e-3);
});

test('costs -log e where the policy is sure of the wrong response, and -log(1 - e) where it is of the right one', () => {
  const sure = [-10_000, 10_000].map((z) => valuesOf(loss, pairAt(z, 0))[0]!);
  expect(sure[0]).toBeCloseTo(-Math.log(0.25), 6);
  expect(sure[1]).toBeCloseTo(-Math.log(0.75), 6);
});

test('is reward-aware optimization with forward KL toward a reward gap of log((1 - e) / e)', () => {
  for (const z of [-8, -1, 0, 2, 8]) {
    const rewards = { chosenGtRewards: Math.log(3), rejectedGtRewards: 0 };
    expect(valuesOf(gap, pairAt(z, 0, rewards))[0]).toBeCloseTo(valuesOf(loss, pairAt(z, 0))[0]!, 5);
  }
});

test.each([0, 0.6, Number.NaN, undefined])('refuses label smoothing %s', (labelSmoothing) => {
  const run = (): unknown =>
    exoPair(tensorsOf(pairAt(0, 0)) as PairLogps, { beta: 0.1, labelSmoothing } as ExoPairOptions);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(`exo_pair: labelSmoothing must be a number above 0 to 0.5, got ${String(labelSmoothing)}.`);
});
