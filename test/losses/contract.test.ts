import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { LOSSES, SOURCE_OF_INPUT } from '../../losses/index.ts';
import type { LossEntry, LossInput } from '../../losses/index.ts';
import { GOLDEN_LOSSES, camelKeys, readVectors } from './goldenVectors.ts';
import { PROPERTY, gradientsOf, largestDifference, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';
import type { Batch } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const losses: Readonly<Record<string, LossEntry>> = LOSSES;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The options of the loss's first golden entry, and what else it takes beside log-probabilities. */
function contractOf(id: string): { entry: LossEntry; options: Record<string, unknown>; labels: string[] } {
  const entry = losses[id]!;
  const { params } = readVectors(GOLDEN_LOSSES).find(({ loss }) => loss === id)!;
  const labels = entry.inputs.filter((key) => !['policy', 'reference'].includes(SOURCE_OF_INPUT[key as LossInput]));
  return { entry, options: camelKeys(params), labels };
}

// These promises are made by losses of log-ratios, pair by pair. One that couples its batch, takes tokens, or sees the
// policy's own log-probability keeps others: see contractBeyondPairs.test.ts.
const SEES_THE_POLICY = ['rpo_nll_seq'];
const contracted = Object.keys(LOSSES).filter((id) => {
  const { inputs, level, coupled } = losses[id]!;
  const paired = [...POLICY, 'refChosenLogps'].every((key) => inputs.includes(key));
  return level === 'sequence' && paired && !coupled && !SEES_THE_POLICY.includes(id);
});

describe.each(contracted)('%s', (id) => {
  const { entry, options, labels } = contractOf(id);
  const fn = (inputs: Record<string, tf.Tensor>): tf.Tensor => entry.fn(inputs, options);
  const property = (size: number, holds: (batch: Batch) => void): void =>
    fc.assert(fc.property(randomPairs(size, labels), holds), PROPERTY);
  const example = fc.sample(randomPairs(3, labels), { ...PROPERTY, numRuns: 1 })[0]!;
  const constants = Object.keys(example).filter((key) => !POLICY.includes(key));

  test('returns one fp32 value per pair', () => {
    const value = entry.fn(tensorsOf(example), options);
    expect(value.shape).toEqual([3]);
    expect(value.dtype).toBe('float32');
  });

  test('gives a pair the same value alone as in a batch', () => {
    property(3, (batch) => {
      const alone = [0, 1, 2].map(
        (i) => valuesOf(fn, Object.fromEntries(Object.entries(batch).map(([key, list]) => [key, [list[i]!]])))[0],
      );
      expect(alone).toEqual(valuesOf(fn, batch));
    });
  });

  test('permutes its values when the batch is permuted', () => {
    property(3, (batch) => {
      const turned = Object.fromEntries(Object.entries(batch).map(([key, [a, b, c]]) => [key, [c!, a!, b!]]));
      const [a, b, c] = valuesOf(fn, batch);
      expect(valuesOf(fn, turned)).toEqual([c, a, b]);
    });
  });

  test('does not change when policy and reference shift together', () => {
    property(3, (batch) => {
      const shifted = {
        ...batch,
        policyChosenLogps: batch['policyChosenLogps']!.map((logp) => logp - 17.125),
        refChosenLogps: batch['refChosenLogps']!.map((logp) => logp - 17.125),
        policyRejectedLogps: batch['policyRejectedLogps']!.map((logp) => logp + 3.5),
        refRejectedLogps: batch['refRejectedLogps']!.map((logp) => logp + 3.5),
      };
      expect(valuesOf(fn, shifted)).toEqual(valuesOf(fn, batch));
    });
  });

  test('has the gradient of its central finite differences', () => {
    const step = 0.25;
    property(4, (batch) => {
      const gradients = gradientsOf(fn, batch, POLICY);
      for (const key of POLICY) {
        const at = (shift: number): number[] =>
          valuesOf(fn, { ...batch, [key]: batch[key]!.map((logp) => logp + shift) });
        const [above, below] = [at(step), at(-step)];
        const differences = above.map((value, i) => (value - below[i]!) / (2 * step));
        const bound = 1e-3 * Math.max(...gradients[key]!.map(Math.abs)) + 1e-6 * Math.max(1, ...above.map(Math.abs));
        expect(largestDifference(gradients[key]!, differences)).toBeLessThan(bound);
      }
    });
  });

  test('sends no gradient into anything but the policy, not even when it is asked for', () => {
    const gradients = gradientsOf(fn, example, [...POLICY, ...constants]);
    for (const key of constants) expect(gradients[key], key).toEqual([0, 0, 0]);
    for (const key of POLICY)
      expect(
        gradients[key]!.some((value) => value !== 0),
        key,
      ).toBe(true);
  });

  test('stays finite, with its gradient, at log-ratios of 10,000 nats', () => {
    const batch = {
      ...Object.fromEntries(labels.map((key) => [key, [0, 1, 0.25, 1, 0]])),
      policyChosenLogps: [-1, -10_001, -1, -10_001, -1],
      policyRejectedLogps: [-10_001, -1, -1, -10_001, -1],
      refChosenLogps: [-10_001, -1, -10_001, -1, -1],
      refRejectedLogps: [-1, -10_001, -10_001, -1, -1],
    };
    const gradients = gradientsOf(fn, batch, POLICY);
    expect(valuesOf(fn, batch).every(Number.isFinite)).toBe(true);
    for (const key of POLICY) expect(gradients[key]!.every(Number.isFinite), key).toBe(true);
  });

  test.runIf(entry.stepZero)('starts at its known value when the policy equals the reference', () => {
    property(1, (batch) => {
      const start = {
        ...batch,
        policyChosenLogps: batch['refChosenLogps']!,
        policyRejectedLogps: batch['refRejectedLogps']!,
      };
      const plain = Object.fromEntries(labels.map((key) => [key, batch[key]![0]!]));
      const known = entry.stepZero!(options, plain);
      expect(Math.abs(valuesOf(fn, start)[0]! - known)).toBeLessThanOrEqual(1e-6 * Math.max(1, known));
    });
  });

  test('frees every tensor but its result', () => {
    const tensors = tensorsOf(example);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 20; i++) {
      entry.fn(tensors, options).dispose();
      const policy = POLICY.map((key) => tensors[key]!);
      const { value, grads } = tf.valueAndGrads((chosen: tf.Tensor, rejected: tf.Tensor) =>
        tf.sum(fn({ ...tensors, policyChosenLogps: chosen, policyRejectedLogps: rejected })),
      )(policy);
      tf.dispose([value, ...grads]);
    }
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(tensors);
  });

  test('reads no values, so that it can be recorded and compiled', () => {
    const tensors = tensorsOf(example);
    const readSync = vi.spyOn(tf.engine(), 'readSync');
    const read = vi.spyOn(tf.engine(), 'read');
    try {
      tf.grads((chosen: tf.Tensor, rejected: tf.Tensor) =>
        tf.sum(fn({ ...tensors, policyChosenLogps: chosen, policyRejectedLogps: rejected })),
      )(POLICY.map((key) => tensors[key]!));
      expect(readSync).not.toHaveBeenCalled();
      expect(read).not.toHaveBeenCalled();
    } finally {
      vi.restoreAllMocks();
    }
  });

  test.each(Object.keys(example))('refuses %s of another shape, or none, naming the loss and the argument', (key) => {
    const run = (inputs: Record<string, tf.Tensor>) => () => entry.fn(inputs, options);
    const tensors = tensorsOf(example);
    const { [key]: _, ...without } = tensors;
    for (const shape of [[4], [3, 1], []]) {
      const wrong = run({ ...tensors, [key]: tf.zeros(shape) });
      expect(wrong).toThrow(RangeError);
      expect(wrong).toThrow(new RegExp(`^${id}: .*${key} \\[${shape.join(', ')}\\]`));
    }
    expect(run(without)).toThrow(RangeError);
    expect(run(without)).toThrow(new RegExp(`^${id}: .*${key} missing`));
  });

  test.each([0, -0.1, Number.NaN, Number.POSITIVE_INFINITY, '0.1', undefined])('refuses beta %s', (beta) => {
    const run = (): unknown => entry.fn(tensorsOf(example), { ...options, beta });
    expect(run).toThrow(RangeError);
    expect(run).toThrow(`${id}: beta must be a positive finite number, got ${String(beta)}.`);
  });
});
