import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { klK1, klK2, klK3 } from '../../losses/index.ts';
import type { TokenLogps } from '../../losses/index.ts';

const estimators = { klK1, klK2, klK3 };

function tokens(policy: number[][], reference: number[][], mask: number[][]): TokenLogps {
  return {
    policyTokenLogps: tf.tensor2d(policy),
    refTokenLogps: tf.tensor2d(reference),
    mask: tf.tensor2d(mask),
  };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('have the values derived by hand', () => {
  // log r = log pi_ref - log pi = ln 2: k1 = -ln 2, k2 = (ln 2)^2 / 2, k3 = 2 - 1 - ln 2.
  const inputs = tokens([[-2 - Math.LN2]], [[-2]], [[1]]);
  expect(klK1(inputs).dataSync()[0]).toBeCloseTo(-Math.LN2, 6);
  expect(klK2(inputs).dataSync()[0]).toBeCloseTo(Math.LN2 ** 2 / 2, 6);
  expect(klK3(inputs).dataSync()[0]).toBeCloseTo(1 - Math.LN2, 6);
});

test('k1 and k3 average to the exact KL over the whole vocabulary, k2 to near it', () => {
  // Every token of a vocabulary of three once, weighted by its probability: the expectation without sampling.
  const p = [0.5, 0.3, 0.2];
  const q = [0.45, 0.33, 0.22];
  const exact = p.reduce((sum, pi, i) => sum + pi * Math.log(pi / q[i]!), 0);
  const inputs = tokens([p.map(Math.log)], [q.map(Math.log)], [[1, 1, 1]]);
  const expectation = (estimate: tf.Tensor): number => tf.sum(tf.mul(estimate, tf.tensor2d([p]))).dataSync()[0]!;
  expect(expectation(klK1(inputs))).toBeCloseTo(exact, 6);
  expect(expectation(klK3(inputs))).toBeCloseTo(exact, 6);
  expect(Math.abs(expectation(klK2(inputs)) / exact - 1)).toBeLessThan(0.05);
});

describe.each(Object.entries(estimators))('%s', (name, estimate) => {
  test('is 0 where policy and reference agree', () => {
    expect(tf.abs(estimate(tokens([[-1, -3]], [[-1, -3]], [[1, 1]]))).arraySync()).toEqual([[0, 0]]);
  });

  test('keeps padding out of values and gradients, whatever stands there', () => {
    const inputs = tokens([[-1, Number.NaN, -500]], [[-2, -1, Number.POSITIVE_INFINITY]], [[1, 0, 0]]);
    expect(estimate(inputs).arraySync()[0]!.slice(1).map(Math.abs)).toEqual([0, 0]);
    const gradient = tf.grad((policyTokenLogps: tf.Tensor) => tf.sum(estimate({ ...inputs, policyTokenLogps })))(
      inputs.policyTokenLogps,
    );
    const [first, ...padding] = [...gradient.dataSync()];
    expect(first).toBeGreaterThan(0);
    expect(padding.map(Math.abs)).toEqual([0, 0]);
  });

  test('sends no gradient into the reference', () => {
    const inputs = tokens([[-1, -3]], [[-2, -1]], [[1, 1]]);
    const gradient = tf.grad((refTokenLogps: tf.Tensor) => tf.sum(estimate({ ...inputs, refTokenLogps })))(
      inputs.refTokenLogps,
    );
    expect([...gradient.dataSync()].map(Math.abs)).toEqual([0, 0]);
  });

  test('accepts a boolean mask and frees what it makes', () => {
    const inputs = { ...tokens([[-1, -3]], [[-2, -1]], [[1, 1]]), mask: tf.tensor2d([[true, false]], [1, 2], 'bool') };
    const before = tf.memory().numTensors;
    const value = estimate(inputs);
    expect(Math.abs(value.arraySync()[0]![1]!)).toBe(0);
    value.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('counts every token without a mask', () => {
    const { mask: _, ...without } = tokens([[-1, -3]], [[-2, -1]], [[1, 1]]);
    expect(estimate(without).arraySync()).toEqual(estimate(tokens([[-1, -3]], [[-2, -1]], [[1, 1]])).arraySync());
  });

  test('refuses a mask of another shape', () => {
    const inputs = { ...tokens([[-1, -3]], [[-2, -1]], [[1, 1]]), mask: tf.ones([2]) };
    expect(() => estimate(inputs)).toThrow(RangeError);
    expect(() => estimate(inputs)).toThrow(`${name}: inputs must be tensors of one shape [B, T], got `);
    expect(() => estimate(inputs)).toThrow('mask [2]');
  });
});
