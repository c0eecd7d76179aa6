import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { aot, aotUnpaired, dpo } from '../../losses/index.ts';
import type { AotOptions, PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, largestDifference, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';
import type { Batch } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const REFERENCE = ['refChosenLogps', 'refRejectedLogps'];
const turned = (list: readonly number[]): number[] => [...list.slice(1), list[0]!];

/** The batch with the lists under `keys` turned by one place, the others as they are. */
function turn(batch: Batch, keys: readonly string[]): Batch {
  return { ...batch, ...Object.fromEntries(keys.map((key) => [key, turned(batch[key]!)])) };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each([
  { id: 'aot', fn: aot, free: REFERENCE },
  { id: 'aot_unpaired', fn: aotUnpaired, free: ['policyRejectedLogps', 'refRejectedLogps'] },
])('$id', ({ id, fn, free }) => {
  const loss = (options: AotOptions) => (inputs: PairLogps) => fn(inputs, options);
  const plain = loss({ beta: 0.125 });

  test('compares quantiles: it does not care in which order either of its two samples comes', () => {
    fc.assert(
      fc.property(randomPairs(5), (batch) => {
        expect(valuesOf(plain, turn(batch, free))).toEqual(valuesOf(plain, batch));
        expect(valuesOf(plain, turn(batch, Object.keys(batch)))).toEqual(valuesOf(plain, batch));
      }),
      PROPERTY,
    );
  });

  test('sends the gradient of a pair along with it when the batch is permuted', () => {
    fc.assert(
      fc.property(randomPairs(5), (batch) => {
        const [here, there] = [batch, turn(batch, Object.keys(batch))].map((each) => gradientsOf(plain, each, POLICY));
        // Tied pairs may take each other's place.
        const gaps = batch['policyChosenLogps']!.map((chosen, i) => chosen - batch['policyRejectedLogps']![i]!);
        const ratios = POLICY.flatMap((key, k) => batch[key]!.map((logp, i) => logp - batch[REFERENCE[k]!]![i]!));
        const sides = [gaps, ratios.slice(0, 5), ratios.slice(5)];
        fc.pre(sides.every((side) => new Set(side).size === 5));
        for (const key of POLICY) expect(there![key]).toEqual(turned(here![key]!));
      }),
      PROPERTY,
    );
  });

  test('is DPO for a batch of one, label smoothing included', () => {
    fc.assert(
      fc.property(randomPairs(1), fc.constantFrom(0, 0.125, 0.5), (batch, labelSmoothing) => {
        const options = { beta: 0.125, labelSmoothing };
        const single = (inputs: PairLogps): tf.Tensor => dpo(inputs, options);
        expect(largestDifference(valuesOf(loss(options), batch), valuesOf(single, batch))).toBeLessThan(1e-6);
      }),
      PROPERTY,
    );
  });

  test('gives a pair another value in another batch, as the registry says of coupled losses', () => {
    const together = {
      policyChosenLogps: [-4, -8],
      policyRejectedLogps: [-6, -7],
      refChosenLogps: [-5, -1],
      refRejectedLogps: [-3, -9],
    };
    const alone = Object.fromEntries(Object.entries(together).map(([key, list]) => [key, list.slice(0, 1)]));
    expect(valuesOf(plain, together)).not.toContain(valuesOf(plain, alone)[0]);
  });

  test('stays finite, with its gradient, at log-ratios of 10,000 nats', () => {
    const batch = {
      policyChosenLogps: [-1, -10_001, -1, -10_001],
      policyRejectedLogps: [-10_001, -1, -1, -10_001],
      refChosenLogps: [-10_001, -1, -10_001, -1],
      refRejectedLogps: [-1, -10_001, -10_001, -1],
    };
    expect(valuesOf(plain, batch).every(Number.isFinite)).toBe(true);
    const gradients = gradientsOf(plain, batch, POLICY);
    for (const key of POLICY) expect(gradients[key]!.every(Number.isFinite), key).toBe(true);
  });

  test('sends no gradient into the reference, reads no values and frees its tensors', () => {
    const batch = fc.sample(randomPairs(3), { ...PROPERTY, numRuns: 1 })[0]!;
    const tensors = tensorsOf(batch) as PairLogps;
    const before = tf.memory().numTensors;
    const read = vi.spyOn(tf.engine(), 'readSync');
    plain(tensors).dispose();
    expect(read).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    const gradients = gradientsOf(plain, batch, [...POLICY, ...REFERENCE]);
    expect(tf.memory().numTensors).toBe(before);
    for (const key of REFERENCE) expect(gradients[key]).toEqual([0, 0, 0]);
    for (const key of POLICY) expect(gradients[key]!.some((gradient) => gradient !== 0)).toBe(true);
  });

  test('refuses shapes and options that do not fit', () => {
    const tensors = tensorsOf({
      policyChosenLogps: [-1, -2],
      policyRejectedLogps: [-1, -2],
      refChosenLogps: [-1, -2],
      refRejectedLogps: [-1, -2],
    }) as PairLogps;
    expect(() => fn({ ...tensors, refChosenLogps: tf.zeros([3]) }, { beta: 1 })).toThrow(
      new RegExp(`^${id}: .*refChosenLogps \\[3\\]`),
    );
    expect(() => fn(tensors, { beta: 0 })).toThrow(`${id}: beta must be a positive finite number, got 0.`);
    expect(() => fn(tensors, { beta: 1, labelSmoothing: 0.6 })).toThrow(
      `${id}: labelSmoothing must be a number from 0 to 0.5, got 0.6.`,
    );
  });
});
