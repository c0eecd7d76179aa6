import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { ipoSum, rewardAwareRpoBwd, rewardAwareRpoFwd, rewardAwareRpoSq, softCe } from '../../losses/index.ts';
import type { PairLogps, RewardAwareInputs, RewardAwareOptions, SoftCeInputs } from '../../losses/index.ts';
import {
  PROPERTY,
  gradientsOf,
  largestDifference,
  pairAt,
  randomPairs,
  swapPairs,
  tensorsOf,
  valuesOf,
} from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const REWARDS = ['chosenGtRewards', 'rejectedGtRewards'];
const backward = (inputs: RewardAwareInputs): tf.Tensor => rewardAwareRpoBwd(inputs, { beta: 0.25 });
const soft = (inputs: SoftCeInputs): tf.Tensor => softCe(inputs, { beta: 0.25 });
const squared = (inputs: RewardAwareInputs): tf.Tensor => rewardAwareRpoSq(inputs, { beta: 0.25 });
const ipo = (inputs: PairLogps): tf.Tensor => ipoSum(inputs, { beta: 0.25 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each([rewardAwareRpoBwd, rewardAwareRpoFwd, rewardAwareRpoSq])('%o', (fn) => {
  const loss = (inputs: RewardAwareInputs): tf.Tensor => fn(inputs, { beta: 0.5, gtRewardScale: 2 });
  const gradientAt = (z: number): number =>
    gradientsOf(loss, pairAt(z, 0, { chosenGtRewards: 3, rejectedGtRewards: 2 }), POLICY)['policyChosenLogps']![0]!;

  test('is 0, with gradient 0, where the implicit difference of rewards is the given one', () => {
    // beta z = 2 = 2 (3 - 2).
    const best = pairAt(4, 0, { chosenGtRewards: 3, rejectedGtRewards: 2 });
    expect(valuesOf(loss, best)[0]).toBeCloseTo(0, 6);
    expect(gradientAt(4)).toBeCloseTo(0, 6);
    expect(gradientAt(3)).toBeLessThan(-1e-3);
    expect(gradientAt(5)).toBeGreaterThan(1e-3);
  });

  test('does not care which response is called chosen, and is never negative but by rounding', () => {
    fc.assert(
      fc.property(randomPairs(4, REWARDS), (batch) => {
        const { chosenGtRewards, rejectedGtRewards, ...pairs } = batch;
        const swapped = {
          ...swapPairs(pairs),
          chosenGtRewards: rejectedGtRewards!,
          rejectedGtRewards: chosenGtRewards!,
        };
        expect(valuesOf(loss, swapped)).toEqual(valuesOf(loss, batch));
        expect(Math.min(...valuesOf(loss, batch))).toBeGreaterThan(-1e-6);
      }),
      PROPERTY,
    );
  });

  test('takes rewards as they are unless told otherwise, and refuses a scale that is no number', () => {
    const pair = pairAt(1, 0, { chosenGtRewards: 3, rejectedGtRewards: 2 });
    const plain = (inputs: RewardAwareInputs): tf.Tensor => fn(inputs, { beta: 0.5 });
    const scaled = (inputs: RewardAwareInputs): tf.Tensor => fn(inputs, { beta: 0.5, gtRewardScale: 1 });
    expect(valuesOf(plain, pair)).toEqual(valuesOf(scaled, pair));
    const options = { beta: 0.5, gtRewardScale: Number.NaN } satisfies RewardAwareOptions;
    expect(() => fn(tensorsOf(pair) as RewardAwareInputs, options)).toThrow(
      /^reward_aware_rpo_\w+: gtRewardScale must be a finite number, got NaN\./,
    );
  });
});

test('the backward form has the gradient of soft labels sigmoid(t), and differs from them by their entropy', () => {
  fc.assert(
    fc.property(randomPairs(4, REWARDS), (batch) => {
      const labels = batch['chosenGtRewards']!.map(
        (win, i) => 1 / (1 + Math.exp(batch['rejectedGtRewards']![i]! - win)),
      );
      const labelled = { ...batch, softLabels: labels };
      const [got, want] = [gradientsOf(backward, batch, POLICY), gradientsOf(soft, labelled, POLICY)];
      for (const key of POLICY) expect(largestDifference(got[key]!, want[key]!)).toBeLessThan(1e-6);
      const entropies = labels.map((q) => -q * Math.log(q) - (1 - q) * Math.log1p(-q));
      const difference = valuesOf(soft, labelled).map((value, i) => value - valuesOf(backward, batch)[i]!);
      expect(largestDifference(difference, entropies)).toBeLessThan(1e-5);
    }),
    PROPERTY,
  );
});

test('the squared form is beta^2 times summed IPO for a difference of rewards of one half', () => {
  fc.assert(
    fc.property(randomPairs(2), (batch) => {
      const rewards = { chosenGtRewards: [1.5, 0.5], rejectedGtRewards: [1, 0] };
      expect(valuesOf(squared, { ...batch, ...rewards })).toEqual(valuesOf(ipo, batch).map((value) => value / 16));
    }),
    PROPERTY,
  );
});
