import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { bcoPair, bcoPairRunning } from '../../losses/index.ts';
import type { BcoPairRunningInputs, PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, largestDifference, pairAt, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';
import type { Batch } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const running = (delta: number, batchShare: number) => (inputs: PairLogps) =>
  bcoPairRunning({ ...inputs, delta: tf.scalar(delta), batchShare: tf.scalar(batchShare) }, { beta: 0.25 });
const fixed = (delta: number) => (inputs: PairLogps) => bcoPair(inputs, { beta: 0.25, delta });

/** Mean reward of all responses of the batch at beta 1/4. */
function meanReward(batch: Batch): number {
  const sides = [
    [batch['policyChosenLogps']!, batch['refChosenLogps']!],
    [batch['policyRejectedLogps']!, batch['refRejectedLogps']!],
  ] as const;
  const rewards = sides.flatMap(([policy, reference]) => policy.map((logp, i) => 0.25 * (logp - reference[i]!)));
  return rewards.reduce((a, b) => a + b, 0) / rewards.length;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is, with its gradient, the loss with the constant threshold that the running mean reaches in this batch', () => {
  fc.assert(
    fc.property(randomPairs(4), fc.constantFrom(0, 0.25, 1), (batch, share) => {
      const threshold = 0.5 + share * (meanReward(batch) - 0.5);
      expect(largestDifference(valuesOf(running(0.5, share), batch), valuesOf(fixed(threshold), batch))).toBeLessThan(
        2e-6,
      );
      const [got, want] = [running(0.5, share), fixed(threshold)].map((fn) => gradientsOf(fn, batch, POLICY));
      for (const key of POLICY) expect(largestDifference(got![key]!, want![key]!)).toBeLessThan(1e-6);
    }),
    PROPERTY,
  );
});

test('starts from the first batch alone, whatever the mean before it', () => {
  const batch = fc.sample(randomPairs(4), { ...PROPERTY, numRuns: 1 })[0]!;
  expect(largestDifference(valuesOf(running(7, 1), batch), valuesOf(running(-7, 1), batch))).toBeLessThan(1e-5);
});

test('sends no gradient into the running mean', () => {
  const tensors = tensorsOf(pairAt(3, 1)) as PairLogps;
  const gradients = tf.grads((delta, batchShare) =>
    tf.sum(bcoPairRunning({ ...tensors, delta, batchShare }, { beta: 0.25 })),
  )([tf.scalar(1), tf.scalar(0.5)]);
  expect(gradients.map((gradient) => gradient.dataSync()[0])).toEqual([0, 0]);
});

test('refuses a threshold per pair, or none', () => {
  const tensors = tensorsOf(pairAt(3, 1)) as PairLogps;
  const perPair = { ...tensors, delta: tf.tensor1d([0]), batchShare: tf.scalar(1) };
  expect(() => bcoPairRunning(perPair, { beta: 0.1 })).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: bco_pair_running: inputs must be tensors of one shape [], got delta [1], batchShare []. Pass one number for the whole batch.]`,
  );
  expect(() => bcoPairRunning(tensors as BcoPairRunningInputs, { beta: 0.1 })).toThrow('delta missing');
});
