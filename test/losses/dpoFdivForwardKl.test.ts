import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { dpoFdivForwardKl } from '../../losses/index.ts';
import type { DivergenceOptions, PairLogps } from '../../losses/index.ts';
import { gradientsOf, pairAt, valuesOf } from './randomPairs.ts';

const loss = (options: DivergenceOptions) => (inputs: PairLogps) => dpoFdivForwardKl(inputs, options);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand, with label smoothing and without', () => {
  // s = -1/u: -1/2 at u = 2, -2 at u = 1/2. beta = 2: m = 3. d s_w / d lr_w = 1/2, so the gradient is -sigmoid(-3) 2 / 2.
  // fp32 holds log-probabilities of -50 nats to 2e-6.
  const pair = pairAt(Math.LN2, -Math.LN2);
  const gradients = gradientsOf(loss({ beta: 2 }), pair, ['policyChosenLogps']);
  expect(valuesOf(loss({ beta: 2 }), pair)[0]).toBeCloseTo(Math.log1p(Math.exp(-3)), 5);
  expect(gradients['policyChosenLogps']![0]).toBeCloseTo(-1 / (1 + Math.exp(3)), 5);
  expect(valuesOf(loss({ beta: 2, labelSmoothing: 0.25 }), pair)[0]).toBeCloseTo(0.75 + Math.log1p(Math.exp(-3)), 5);
});
