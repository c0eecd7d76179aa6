import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { LOSSES, withKl } from '../../losses/index.ts';
import type { KlTerm } from '../../losses/index.ts';
import { differentiate, evaluate } from './evaluate.ts';

const pairs = {
  policyChosenLogps: [-10, -20],
  policyRejectedLogps: [-12, -18],
  refChosenLogps: [-11, -19],
  refRejectedLogps: [-11, -19],
};
// Log-ratios pi over pi_ref of 0.5 and -1, and of 2 with a masked token after it.
const tokens = {
  policyTokenLogps: [
    [-1, -3],
    [-1, -5],
  ],
  refTokenLogps: [
    [-1.5, -2],
    [-3, -9],
  ],
  mask: [
    [1, 1],
    [1, 0],
  ],
};
const k3 = (logRatio: number): number => Math.exp(-logRatio) - 1 + logRatio;
const added = (estimator: KlTerm['estimator'], inputs: Record<string, tf.TensorLike>): number[] => {
  const loss = withKl(LOSSES.dpo, { coefficient: 0.25, estimator });
  const regularized = evaluate((given: Record<string, tf.Tensor>) => loss.fn(given, { beta: 0.5 }), {
    ...pairs,
    ...inputs,
  });
  const plain = evaluate((given: Record<string, tf.Tensor>) => LOSSES.dpo.fn(given as never, { beta: 0.5 }), pairs);
  return regularized.map((value, i) => value - plain[i]!);
};
const logs = (row: number[]): number[] => row.map(Math.log);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test.each([
  ['k1', [0.5 - 1, 2]],
  ['k2', [(0.25 + 1) / 2, 2]],
  ['k3', [k3(0.5) + k3(-1), k3(2)]],
] as const)('%s adds its sum over the tokens of each response', (estimator, sums) => {
  for (const [i, value] of added(estimator, tokens).entries()) expect(value).toBeCloseTo(0.25 * sums[i]!, 5);
});

test('exact adds the sum over the vocabulary', () => {
  const [p, q] = [logs([0.5, 0.25, 0.25]), logs([0.25, 0.25, 0.5])];
  const inputs = {
    policyLogits: [
      [p, q],
      [p, p],
    ],
    refLogits: [
      [q, q],
      [p, p],
    ],
  };
  const got = added('exact', inputs);
  expect(got[0]).toBeCloseTo((0.25 * Math.LN2) / 4, 6);
  expect(got[1]).toBeCloseTo(0, 6);
});

test('over samples of the policy only k2 and exact have the gradient of the KL, k1 none and k3 that of the other KL', () => {
  // Every token of a vocabulary of three once, weighted by its probability: the expectation without sampling.
  const [p, q] = [
    [0.5, 0.3, 0.2],
    [0.2, 0.3, 0.5],
  ] as const;
  const forward = p.map(
    (pi, i) => pi * (Math.log(pi / q[i]!) - p.reduce((s, pj, j) => s + pj * Math.log(pj / q[j]!), 0)),
  );
  const backward = p.map((pi, i) => pi - q[i]!);
  const none = [0, 0, 0];
  const gradients = { k1: none, k2: forward, k3: backward } as const;
  const constant = { fn: (inputs: { policyTokenLogps: tf.Tensor }) => tf.mul(tf.sum(inputs.policyTokenLogps, 1), 0) };
  const entry = { ...constant, inputs: ['policyTokenLogps'], needs: [], level: 'token', coupled: false } as const;
  for (const [estimator, want] of Object.entries(gradients)) {
    const loss = withKl(entry, { coefficient: 1, estimator: estimator as 'k1' });
    const expectation = (logits: tf.Tensor): tf.Scalar => {
      const logps = tf.reshape(tf.logSoftmax(logits as tf.Tensor1D), [3, 1]);
      const refTokenLogps = tf.tensor2d(q.map((x) => [Math.log(x)]));
      return tf.sum(tf.mul(loss.fn({ policyTokenLogps: logps, refTokenLogps }, {}), tf.tensor1d([...p])));
    };
    const got = tf.tidy(() => [
      ...tf
        .grad(expectation)(tf.tensor1d(p.map(Math.log)))
        .dataSync(),
    ]);
    for (const [i, value] of got.entries()) expect(value, estimator).toBeCloseTo(want[i]!, 5);
  }
  const exact = differentiate(
    (inputs: Record<string, tf.Tensor>) => LOSSES.kl.fn(inputs as never),
    {
      policyLogits: [[p.map(Math.log)]],
      refLogits: [[q.map(Math.log)]],
    },
    ['policyLogits'],
  )['policyLogits']!;
  for (const [i, value] of exact.entries()) expect(value).toBeCloseTo(forward[i]!, 5);
});

test('reads what its estimator does, takes tokens and keeps the start of the loss, where the KL is 0', () => {
  for (const estimator of ['k1', 'k2', 'k3'] as const) {
    const loss = withKl(LOSSES.dpo, { coefficient: 0.1, estimator });
    expect(loss.inputs).toEqual([...LOSSES.dpo.inputs, 'policyTokenLogps', 'refTokenLogps', 'mask']);
    expect(loss).toMatchObject({ needs: ['reference'], level: 'token', coupled: false });
    expect(loss.stepZero!({ beta: 0.5 }, {})).toBe(Math.LN2);
  }
  const exact = withKl(LOSSES.policy_gradient, { coefficient: 0.1, estimator: 'exact' });
  expect(exact.inputs).toEqual([...LOSSES.policy_gradient.inputs, 'policyLogits', 'refLogits']);
  expect(exact.needs).toEqual(['previousIterate', 'scores', 'reference']);
});

test.each([
  [{ coefficient: -1, estimator: 'k2' }, 'withKl: coefficient must be a finite number of at least 0, got -1.'],
  [{ coefficient: 1, estimator: 'k4' }, 'withKl: estimator must be one of k1, k2, k3, exact, got k4.'],
])('refuses %o', (term, message) => {
  expect(() => withKl(LOSSES.dpo, term as KlTerm)).toThrow(RangeError);
  expect(() => withKl(LOSSES.dpo, term as KlTerm)).toThrow(message);
});
