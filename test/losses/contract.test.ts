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

/** Losses whose scores grow as fast as the exponential of the log-ratio: steps of finite size see only a small range. */
const LARGEST_RATIO: Readonly<Record<string, number>> = { dpo_fdiv_forward_kl: 2, dpo_fdiv_alpha: 4 };
/** Losses that are 0 on one side of a kink, across which differences say nothing about a gradient. */
const KINKED = new Set(['hinge', 'slic_calibration_noref', 'spin_hinge']);

/** The options of the loss's first golden entry, and the keys of a batch that it takes beside policy and reference. */
function contractOf(id: string): { entry: LossEntry; options: Record<string, unknown>; labels: string[] } {
  const entry = losses[id]!;
  const { params } = readVectors(GOLDEN_LOSSES).find(({ loss }) => loss === id)!;
  const others = entry.inputs.filter((key) => !['policy', 'reference'].includes(SOURCE_OF_INPUT[key as LossInput]));
  const labels = others.flatMap((key) => (key.startsWith('history') ? [`${key}[0]`, `${key}[1]`] : [key]));
  return { entry, options: camelKeys(params), labels };
}

/** Far out in the range of an input, five numbers of it. */
function extremes(key: string): number[] {
  if (key.includes('Logps')) return [-1, -1, -10_001, -10_001, -1];
  if (key.endsWith('Lengths')) return [1, 4096, 1, 0, 4096];
  return key.endsWith('Rewards') ? [10_000, -10_000, 0, -10_000, 10_000] : [0, 1, 0.25, 1, 0];
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
  const batchOf = (size: number): fc.Arbitrary<Batch> => randomPairs(size, labels, LARGEST_RATIO[id]);
  const property = (size: number, holds: (batch: Batch) => void): void =>
    fc.assert(fc.property(batchOf(size), holds), PROPERTY);
  const example = fc.sample(batchOf(3), { ...PROPERTY, numRuns: 1 })[0]!;
  const constants = entry.inputs.filter((key) => !POLICY.includes(key));
  const strength = 'eta' in options ? 'eta' : 'beta';

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

  // Without a reference only the difference of a pair's own log-probabilities counts.
  test('does not change when all models shift together in their log-probability of a response', () => {
    const ofRejected = entry.needs.includes('reference') ? 3.5 : -17.125;
    const shiftOf = (key: string): number => (key.includes('Chosen') ? -17.125 : ofRejected);
    property(3, (batch) => {
      const shifted = Object.entries(batch).map(([key, list]) => [
        key,
        key.includes('Logps') ? list.map((logp) => logp + shiftOf(key)) : list,
      ]);
      expect(valuesOf(fn, Object.fromEntries(shifted))).toEqual(valuesOf(fn, batch));
    });
  });

  // Five-point differences err by step^4 / 30 times the fifth derivative, and by rounding: 1.5 units over the step.
  test('has the gradient of its central finite differences', () => {
    const step = 1 / 16;
    property(4, (batch) => {
      const gradients = gradientsOf(fn, batch, POLICY);
      for (const key of POLICY) {
        const [far, near, here, above, beyond] = [-2, -1, 0, 1, 2].map((n) =>
          valuesOf(fn, { ...batch, [key]: batch[key]!.map((logp) => logp + n * step) }),
        ) as [number[], number[], number[], number[], number[]];
        const differences = here.map((_, i) => {
          if (KINKED.has(id) && (far[i] === 0) !== (beyond[i] === 0)) return gradients[key]![i]!;
          return (8 * (above[i]! - near[i]!) - (beyond[i]! - far[i]!)) / (12 * step);
        });
        const bound = 1e-3 * Math.max(...gradients[key]!.map(Math.abs)) + 3e-6 * Math.max(1, ...here.map(Math.abs));
        expect(largestDifference(gradients[key]!, differences)).toBeLessThan(bound);
      }
    });
  });

  test('sends no gradient into anything but the policy, not even when it is asked for', () => {
    const gradients = gradientsOf(fn, example, [...POLICY, ...constants]);
    for (const key of constants)
      expect(
        gradients[key]!.every((value) => value === 0),
        key,
      ).toBe(true);
    for (const key of POLICY)
      expect(
        gradients[key]!.some((value) => value !== 0),
        key,
      ).toBe(true);
  });

  test('stays finite, with its gradient, at log-ratios of 10,000 nats', () => {
    const batch = {
      ...Object.fromEntries(labels.map((key) => [key, extremes(key)])),
      policyChosenLogps: [-1, -10_001, -1, -10_001, -1],
      policyRejectedLogps: [-10_001, -1, -1, -10_001, -1],
      refChosenLogps: [-10_001, -1, -10_001, -1, -1],
      refRejectedLogps: [-1, -10_001, -10_001, -1, -1],
    };
    const gradients = gradientsOf(fn, batch, POLICY);
    expect(valuesOf(fn, batch).every(Number.isFinite)).toBe(true);
    for (const key of POLICY) expect(gradients[key]!.every(Number.isFinite), key).toBe(true);
  });

  test.runIf(entry.stepZero)('starts at its known value when the policy equals every reference', () => {
    property(1, (batch) => {
      const side = (key: string): number[] => batch[key.includes('Chosen') ? 'refChosenLogps' : 'refRejectedLogps']!;
      const start: Batch = Object.fromEntries(
        Object.entries(batch).map(([key, list]) => [key, key.includes('Logps') ? side(key) : list]),
      );
      const plain = Object.fromEntries(Object.keys(start).map((key) => [key, start[key]![0]!]));
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

  test.each([...entry.inputs])('refuses %s of another shape, or none, naming the loss and the argument', (key) => {
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

  test.each([0, -0.1, Number.NaN, Number.POSITIVE_INFINITY, '0.1', undefined])(`refuses ${strength} %s`, (value) => {
    const run = (): unknown => entry.fn(tensorsOf(example), { ...options, [strength]: value });
    expect(run).toThrow(RangeError);
    expect(run).toThrow(`${id}: ${strength} must be a positive finite number, got ${String(value)}.`);
  });
});
