import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { policyGradient } from '../../losses/index.ts';
import type { PolicyGradientInputs, PolicyGradientOptions } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const loss =
  (options: PolicyGradientOptions = {}) =>
  (inputs: PolicyGradientInputs): tf.Tensor =>
    policyGradient(inputs, options);

/** One response whose tokens have the given ratios to the policy that sampled it. */
function at(ratios: number[], advantage: number): Record<string, tf.TensorLike> {
  return {
    policyTokenLogps: [ratios.map((ratio) => Math.log(ratio) - 2)],
    lastTokenLogps: [ratios.map(() => -2)],
    advantages: [advantage],
  };
}
const gradientOf = (inputs: Record<string, tf.TensorLike>, options: PolicyGradientOptions = {}): number[] =>
  differentiate(loss(options), inputs, ['policyTokenLogps'])['policyTokenLogps']!;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('clips gains above 1 + clipHigh and losses below 1 - clipLow, token by token, as derived by hand', () => {
  const options = { clipLow: 0.2, clipHigh: 0.28 };
  // Advantage 2: ratios 1.5 and 0.5 count 1.28 and 0.5. Advantage -2: they count 1.5 and 0.8.
  expect(evaluate(loss(options), at([1.5, 0.5], 2))[0]).toBeCloseTo(-(1.28 + 0.5), 5);
  expect(evaluate(loss(options), at([1.5, 0.5], -2))[0]).toBeCloseTo(1.5 + 0.8, 5);
});

test('gives clipped tokens no gradient and the others A R / T', () => {
  const up = gradientOf(at([1.5, 0.5], 2));
  expect(Math.abs(up[0]!)).toBe(0);
  expect(up[1]).toBeCloseTo(-0.5, 5);
  const down = gradientOf(at([1.5, 0.5], -2));
  expect(down[0]).toBeCloseTo(1.5, 5);
  expect(Math.abs(down[1]!)).toBe(0);
});

test('on policy is the plain policy gradient, with or without the sampling log-probabilities', () => {
  const inputs = at([1, 1], 3);
  const { lastTokenLogps: _, ...without } = inputs;
  for (const given of [inputs, without]) {
    expect(evaluate(loss(), given)).toEqual([-3]);
    expect(gradientOf(given)).toEqual([-1.5, -1.5]);
  }
});

test('takes one ratio per sequence, the geometric mean, for every token alike', () => {
  // Ratios 2 and 1/2 have the mean 1: no clipping, where each token by itself would be clipped.
  expect(evaluate(loss({ ratio: 'sequence' }), at([2, 0.5], 4))[0]).toBeCloseTo(-4, 5);
  for (const gradient of gradientOf(at([2, 0.5], 4), { ratio: 'sequence' })) expect(gradient).toBeCloseTo(-2, 5);
  expect(evaluate(loss({ ratio: 'sequence' }), at([4, 1], 4))[0]).toBeCloseTo(-4.8, 5);
  expect(gradientOf(at([4, 1], 4), { ratio: 'sequence' }).map(Math.abs)).toEqual([0, 0]);
});

test.each([
  [{ clipLow: 1 }, 'policy_gradient: clipLow must be below 1, got 1.'],
  [{ clipLow: 0 }, 'policy_gradient: clipLow must be a positive finite number, got 0.'],
  [{ clipHigh: -0.1 }, 'policy_gradient: clipHigh must be a positive finite number, got -0.1.'],
  [{ ratio: 'response' }, 'policy_gradient: ratio must be one of token, sequence, got response.'],
])('refuses %o', (options, message) => {
  const inputs = tensorsFrom(at([1], 1)) as unknown as PolicyGradientInputs;
  const run = (): unknown => policyGradient(inputs, options as PolicyGradientOptions);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(message);
});
