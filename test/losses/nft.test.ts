import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { groupMeanAdvantages, groupStdAdvantages, nft } from '../../losses/index.ts';
import type { NftInputs, NftOptions } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const loss =
  (options: NftOptions = {}) =>
  (inputs: NftInputs): tf.Tensor =>
    nft(inputs, options);
const gradientOf = (options: NftOptions, inputs: Record<string, tf.TensorLike>, key: string): number[] =>
  differentiate(loss(options), inputs, [key])[key]!;

/** Tokens of one response at the given ratios. */
const ratios = (tokens: number[], correct: number, accuracy: number): Record<string, tf.TensorLike> => ({
  tokenRatios: [tokens],
  correct: [correct],
  promptAccuracy: [accuracy],
});

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is the weighted likelihood of the ratio for a right answer', () => {
  const inputs = ratios([2, 0.5, 4], 1, 0.75);
  expect(evaluate(loss(), inputs)[0]).toBeCloseTo(-0.25 * Math.log(4), 6);
  const gradient = gradientOf({}, inputs, 'tokenRatios');
  for (const [t, ratio] of [2, 0.5, 4].entries()) expect(gradient[t]).toBeCloseTo(-0.25 / ratio, 6);
});

test('is that of the implicit negative policy for a wrong answer, as derived by hand', () => {
  // r = 1/2: u = 2 - R. R = 1/2 gives u = 3/2, above epsilon: -w log u and dL/dR = w / u.
  const inputs = ratios([0.5], 0, 0.5);
  expect(evaluate(loss(), inputs)[0]).toBeCloseTo(-0.5 * Math.log(1.5), 6);
  expect(gradientOf({}, inputs, 'tokenRatios')[0]).toBeCloseTo(0.5 / 1.5, 6);
});

test('bounds the value by epsilon and lets the gradient of u through, divided by epsilon', () => {
  // R = 7/4 gives u = 1/4, below both epsilons.
  for (const epsilon of [1, 0.5]) {
    const inputs = ratios([1.75], 0, 0.5);
    expect(evaluate(loss({ epsilon }), inputs)[0]).toBeCloseTo(-0.5 * Math.log(epsilon), 6);
    expect(gradientOf({ epsilon }, inputs, 'tokenRatios')[0]).toBeCloseTo(0.5 / epsilon, 6);
  }
});

test('takes both log-probabilities in place of the ratios', () => {
  const tokens = [
    [1.5, 0.5],
    [0.75, 2.5],
  ];
  const labels = { correct: [1, 0], promptAccuracy: [0.25, 0.75] };
  const logs = {
    ...labels,
    policyTokenLogps: tokens.map((row) => row.map((ratio) => Math.log(ratio) - 3)),
    lastTokenLogps: [
      [-3, -3],
      [-3, -3],
    ],
  };
  const fromLogs = evaluate(loss(), logs);
  for (const [i, value] of evaluate(loss(), { ...labels, tokenRatios: tokens }).entries()) {
    expect(fromLogs[i]).toBeCloseTo(value, 5);
  }
});

test.each(['1', '1-r_q', 'sqrt((1-r_q)/r_q)', '(1-r_q)/r_q'] as const)(
  'on policy pushes right answers by w and wrong ones by -w r/(1 - r), with w = %s',
  (omega) => {
    const weight = { '1': 1, '1-r_q': 0.75, 'sqrt((1-r_q)/r_q)': Math.sqrt(3), '(1-r_q)/r_q': 3 }[omega];
    const push = (correct: number): number => {
      const inputs = { policyTokenLogps: [[-2]], lastTokenLogps: [[-2]], correct: [correct], promptAccuracy: [0.25] };
      return -gradientOf({ omega }, inputs, 'policyTokenLogps')[0]!;
    };
    expect(push(1)).toBeCloseTo(weight, 5);
    expect(push(0)).toBeCloseTo(-weight / 3, 5);
  },
);

test('on policy gives the advantages of Dr. GRPO by default, and those of GRPO by the square root', () => {
  const rewards = [1, 0, 0, 0];
  const pushes = (options: NftOptions): number[] =>
    gradientOf(
      options,
      {
        policyTokenLogps: rewards.map(() => [-2]),
        lastTokenLogps: rewards.map(() => [-2]),
        correct: rewards,
        promptAccuracy: rewards.map(() => 0.25),
      },
      'policyTokenLogps',
    ).map((gradient) => -gradient);
  const centred = groupMeanAdvantages(rewards);
  for (const [i, push] of pushes({}).entries()) expect(push).toBeCloseTo(centred[i]!, 5);
  // Ours divides by the sample's deviation, NFT's weight by the population's.
  const correction = Math.sqrt(4 / 3);
  const standard = groupStdAdvantages(rewards);
  for (const [i, push] of pushes({ omega: 'sqrt((1-r_q)/r_q)' }).entries()) {
    expect(push).toBeCloseTo(standard[i]! * correction, 3);
  }
});

test('keeps the accuracy between 0.02 and 0.98, so that nothing divides by 0', () => {
  for (const correct of [0, 1]) {
    const [none, little] = [0, 0.02].map((accuracy) => evaluate(loss(), ratios([0.5], correct, accuracy)));
    expect(none).toEqual(little);
    const [all, most] = [1, 0.98].map((accuracy) => evaluate(loss(), ratios([0.5], correct, accuracy)));
    expect(all).toEqual(most);
  }
});

test.each([
  [{ epsilon: 0 }, 'nft: epsilon must be a number over 0 to 1, got 0.'],
  [{ epsilon: 1.5 }, 'nft: epsilon must be a number over 0 to 1, got 1.5.'],
  [{ omega: '1-r' }, 'nft: omega must be one of 1, 1-r_q, (1-r_q)/r_q, sqrt((1-r_q)/r_q), got 1-r.'],
])('refuses %o', (options, message) => {
  const run = (): unknown => nft(tensorsFrom(ratios([1], 1, 0.5)) as NftInputs, options as NftOptions);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(message);
});

test('refuses ratios together with log-probabilities, and neither', () => {
  const inputs = tensorsFrom(ratios([1], 1, 0.5)) as NftInputs;
  const both = (): unknown => nft({ ...inputs, policyTokenLogps: tf.zeros([1, 1]) });
  expect(both).toThrow(RangeError);
  expect(both).toThrow('got tokenRatios and log-probabilities.');
  const { tokenRatios: _, ...neither } = inputs;
  expect(() => nft(neither)).toThrow('policyTokenLogps missing, lastTokenLogps missing');
});
