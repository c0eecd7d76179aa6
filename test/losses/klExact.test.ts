import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { kl, klExact, klK1, klK3 } from '../../losses/index.ts';
import type { TokenLogits } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const p = [0.5, 0.25, 0.25];
const q = [0.25, 0.25, 0.5];
const logs = (probabilities: number[]): number[] => probabilities.map(Math.log);
const exact = (inputs: TokenLogits): tf.Tensor => klExact(inputs);
const loss = (inputs: TokenLogits): tf.Tensor => kl(inputs);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value derived by hand, from log-probabilities as from logits', () => {
  // 1/2 ln 2 + 0 + 1/4 ln 1/2 = ln 2 / 4.
  const inputs = { policyLogits: [[logs(p)]], refLogits: [[logs(q)]] };
  expect(evaluate(exact, inputs)[0]).toBeCloseTo(Math.LN2 / 4, 6);
  const logits = { policyLogits: [[logs(p).map((x) => x + 5)]], refLogits: [[logs(q).map((x) => x - 3)]] };
  expect(evaluate(exact, logits)[0]).toBeCloseTo(Math.LN2 / 4, 5);
});

test('has the gradient p (log p/q - KL) derived by hand, and 0 where the models agree', () => {
  const inputs = { policyLogits: [[logs(p)]], refLogits: [[logs(q)]] };
  const gradient = differentiate(exact, inputs, ['policyLogits'])['policyLogits']!;
  for (const [v, value] of gradient.entries()) {
    expect(value).toBeCloseTo(p[v]! * (Math.log(p[v]! / q[v]!) - Math.LN2 / 4), 6);
  }
  const same = { policyLogits: [[logs(p)]], refLogits: [[logs(p)]] };
  for (const value of differentiate(exact, same, ['policyLogits'])['policyLogits']!) expect(value).toBeCloseTo(0, 7);
});

test('is what k1 and k3 average to over tokens sampled from the policy', () => {
  const tokens = { policyTokenLogps: tf.tensor2d([logs(p)]), refTokenLogps: tf.tensor2d([logs(q)]) };
  for (const estimate of [klK1, klK3]) {
    const mean = tf.sum(tf.mul(estimate(tokens), tf.tensor2d([p]))).dataSync()[0]!;
    expect(mean).toBeCloseTo(Math.LN2 / 4, 6);
  }
});

test('the loss sums over the tokens of each response', () => {
  const policyLogits = [
    [logs(p), logs(q)],
    [logs(q), logs(p)],
  ];
  const refLogits = [
    [logs(q), logs(q)],
    [logs(p), logs(q)],
  ];
  const inputs = {
    policyLogits,
    refLogits,
    mask: [
      [1, 1],
      [1, 0],
    ],
  };
  const perToken = evaluate(exact, inputs);
  expect(perToken[3]).toBe(0);
  expect(evaluate(loss, inputs)[0]).toBeCloseTo(perToken[0]! + perToken[1]!, 6);
  expect(evaluate(loss, inputs)[1]).toBeCloseTo(perToken[2]!, 6);
});

test('is finite where tokens are excluded, and ignores those that both models exclude', () => {
  const none = Number.NEGATIVE_INFINITY;
  const inputs = { policyLogits: [[[...logs(p), none]]], refLogits: [[[...logs(q), none]]] };
  expect(evaluate(exact, inputs)[0]).toBeCloseTo(Math.LN2 / 4, 6);
  expect(differentiate(exact, inputs, ['policyLogits'])['policyLogits']!.every(Number.isFinite)).toBe(true);
  const narrower = { policyLogits: [[[0, none]]], refLogits: [[[0, 0]]] };
  expect(evaluate(exact, narrower)[0]).toBeCloseTo(Math.LN2, 6);
  const wider = { policyLogits: [[[0, 0]]], refLogits: [[[0, none]]] };
  expect(evaluate(exact, wider)[0]).toBeGreaterThan(1e29);
});

test('refuses a mask of another shape', () => {
  const inputs = tensorsFrom({ policyLogits: [[logs(p)]], refLogits: [[logs(q)]] }) as unknown as TokenLogits;
  expect(() => klExact({ ...inputs, mask: tf.ones([1, 2]) })).toThrow(RangeError);
  expect(() => klExact({ ...inputs, mask: tf.ones([1, 2]) })).toThrow(
    'klExact: mask must have the shape of the tokens [1, 1], got mask [1, 2].',
  );
});
