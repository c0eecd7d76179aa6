import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { dpo } from '../../losses/index.ts';
import type { DpoOptions, PairLogps } from '../../losses/index.ts';
import {
  PROPERTY,
  gradientsOf,
  largestDifference,
  margins,
  pairAt,
  randomPairs,
  swapPairs,
  tensorsOf,
  valuesOf,
} from './randomPairs.ts';

const loss = (options: DpoOptions) => (inputs: PairLogps) => dpo(inputs, options);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand at a margin of ln 3', () => {
  // a = ln 3, b = 0, beta = 1: sigmoid(z) = 3/4, so the loss is -log(3/4) and the gradient -/+ (1 - 3/4).
  const pair = pairAt(Math.log(3), 0);
  const gradients = gradientsOf(loss({ beta: 1 }), pair, ['policyChosenLogps', 'policyRejectedLogps']);
  expect(valuesOf(loss({ beta: 1 }), pair)[0]).toBeCloseTo(-Math.log(3 / 4), 6);
  expect(gradients['policyChosenLogps']![0]).toBeCloseTo(-0.25, 6);
  expect(gradients['policyRejectedLogps']![0]).toBeCloseTo(0.25, 6);
});

test('always raises the chosen and lowers the rejected response without smoothing', () => {
  fc.assert(
    fc.property(randomPairs(4), (batch) => {
      const gradients = gradientsOf(loss({ beta: 0.1 }), batch, ['policyChosenLogps', 'policyRejectedLogps']);
      expect(gradients['policyChosenLogps']!.every((gradient) => gradient < 0)).toBe(true);
      expect(gradients['policyRejectedLogps']).toEqual(gradients['policyChosenLogps']!.map((gradient) => -gradient));
    }),
    PROPERTY,
  );
});

test('differs from its swapped pair by beta z (1 - 2 e)', () => {
  const smoothing = fc.constantFrom(0, 0.1, 0.25, 0.5);
  fc.assert(
    fc.property(randomPairs(4), smoothing, (batch, labelSmoothing) => {
      const fn = loss({ beta: 0.5, labelSmoothing });
      const [here, swapped] = [valuesOf(fn, batch), valuesOf(fn, swapPairs(batch))];
      const differences = swapped.map((value, i) => value - here[i]!);
      const want = margins(batch).map((z) => 0.5 * z * (1 - 2 * labelSmoothing));
      expect(largestDifference(differences, want)).toBeLessThan(1e-5);
    }),
    PROPERTY,
  );
});

test('falls as the margin grows', () => {
  const values = [-40, -8, -1, 0, 1, 8, 40].map((z) => valuesOf(loss({ beta: 0.3 }), pairAt(z, 0))[0]!);
  expect(values).toEqual(values.toSorted((a, b) => b - a));
  expect(new Set(values).size).toBe(values.length);
});

test('equals |beta z| where the pair is hopelessly wrong and 0 where it is right', () => {
  expect(valuesOf(loss({ beta: 1 }), pairAt(-10_000, 0))).toEqual([10_000]);
  expect(valuesOf(loss({ beta: 1 }), pairAt(10_000, 0))[0]).toBeCloseTo(0, 12);
});

test.each([-0.1, 0.6, Number.NaN])('refuses label smoothing %s', (labelSmoothing) => {
  const run = (): unknown => dpo(tensorsOf(pairAt(0, 0)) as PairLogps, { beta: 0.1, labelSmoothing });
  expect(run).toThrow(RangeError);
  expect(run).toThrow(`dpo: labelSmoothing must be a number from 0 to 0.5, got ${labelSmoothing}.`);
});

test('lists every input with its shape when shapes differ', () => {
  const inputs = { ...tensorsOf(pairAt(0, 0)), refChosenLogps: tf.zeros([2]) } as unknown as PairLogps;
  expect(() => dpo(inputs, { beta: 0.1 })).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: dpo: inputs must be tensors of one shape [B], got policyChosenLogps [1], policyRejectedLogps [1], refChosenLogps [2], refRejectedLogps [1]. Pass one number per pair of the same batch, log-probabilities summed over response tokens.]`,
  );
});
