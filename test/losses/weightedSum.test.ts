import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { LOSSES, weightedSum } from '../../losses/index.ts';
import type { LossEntry } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const batch = {
  policyChosenLogps: [-10, -20],
  policyRejectedLogps: [-12, -18],
  refChosenLogps: [-11, -19],
  refRejectedLogps: [-11, -19],
  chosenLengths: [5, 10],
};
const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const of =
  (loss: LossEntry, options: Record<string, unknown>) =>
  (inputs: Record<string, tf.Tensor>): tf.Tensor =>
    loss.fn(inputs, options);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('adds values and gradients, each times its weight', () => {
  const sum = of(
    weightedSum([
      { loss: LOSSES.dpo, weight: 0.75 },
      { loss: LOSSES.sft_seq, weight: -2 },
    ]),
    { beta: 0.5 },
  );
  const [dpo, sft] = [of(LOSSES.dpo, { beta: 0.5 }), of(LOSSES.sft_seq, {})];
  const [first, second] = [evaluate(dpo, batch), evaluate(sft, batch)];
  for (const [i, value] of evaluate(sum, batch).entries())
    expect(value).toBeCloseTo(0.75 * first[i]! - 2 * second[i]!, 5);
  const gradient = differentiate(sum, batch, POLICY)['policyChosenLogps']!;
  const [g, h] = [dpo, sft].map((fn) => differentiate(fn, batch, ['policyChosenLogps'])['policyChosenLogps']!);
  for (const [i, value] of gradient.entries()) expect(value).toBeCloseTo(0.75 * g![i]! - 2 * h![i]!, 6);
});

test('a term has its own options before those of the sum, and weight 1 unless told', () => {
  const sum = weightedSum([{ loss: LOSSES.dpo }, { loss: LOSSES.dpo, options: { beta: 2 } }]);
  const [small, large] = [0.5, 2].map((beta) => evaluate(of(LOSSES.dpo, { beta }), batch));
  for (const [i, value] of evaluate(of(sum, { beta: 0.5 }), batch).entries()) {
    expect(value).toBeCloseTo(small![i]! + large![i]!, 5);
  }
});

test('reads, needs and couples what any of its terms does, once', () => {
  const { inputs, needs, level, coupled } = weightedSum([
    { loss: LOSSES.dpo },
    { loss: LOSSES.sft },
    { loss: LOSSES.kl },
  ]);
  expect(inputs).toEqual([...LOSSES.dpo.inputs, 'chosenLengths', 'policyLogits', 'refLogits', 'mask']);
  expect(needs).toEqual(['reference', 'lengths']);
  expect(level).toBe('token');
  expect(coupled).toBe(true);
  expect(weightedSum([{ loss: LOSSES.dpo }])).toMatchObject({ level: 'sequence', coupled: false });
});

test('knows its start where every term does', () => {
  const known = weightedSum([
    { loss: LOSSES.dpo, weight: 2 },
    { loss: LOSSES.sppo_hard, weight: 0.5, options: { beta: 0.5 } },
  ]);
  expect(known.stepZero!({ beta: 0.1 }, {})).toBeCloseTo(2 * Math.LN2 + 0.5 * 2, 12);
  expect(weightedSum([{ loss: LOSSES.dpo }, { loss: LOSSES.simpo }])).not.toHaveProperty('stepZero');
});

test('sums of sums are sums', () => {
  const inner = weightedSum([{ loss: LOSSES.dpo, weight: 2 }, { loss: LOSSES.sft_seq }]);
  const outer = weightedSum([
    { loss: inner, weight: 0.5 },
    { loss: LOSSES.sft_seq, weight: 0.5 },
  ]);
  const flat = weightedSum([{ loss: LOSSES.dpo }, { loss: LOSSES.sft_seq }]);
  const [got, want] = [outer, flat].map((loss) => evaluate(of(loss, { beta: 0.5 }), batch));
  for (const [i, value] of got!.entries()) expect(value).toBeCloseTo(want![i]!, 5);
});

test('frees everything but its result', () => {
  const sum = weightedSum([
    { loss: LOSSES.dpo, weight: 0.75 },
    { loss: LOSSES.sft, weight: 2 },
  ]);
  const tensors = tensorsFrom(batch);
  const before = tf.memory().numTensors;
  sum.fn(tensors, { beta: 0.5 }).dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('refuses no terms, a weight that is none, and terms of different sizes', () => {
  expect(() => weightedSum([])).toThrow(RangeError);
  expect(() => weightedSum([])).toThrow('weightedSum: expected at least one term, got none.');
  expect(() => weightedSum([{ loss: LOSSES.dpo, weight: Number.NaN }])).toThrow(
    'weightedSum: weight must be a finite number, got NaN.',
  );
  const mixed = weightedSum([{ loss: LOSSES.dpo }, { loss: LOSSES.kto_pair }]);
  const run = (): unknown => mixed.fn(tensorsFrom(batch), { beta: 0.5 });
  expect(run).toThrow(RangeError);
  expect(run).toThrow('weightedSum: expected terms with as many values as each other, got 2 and 4.');
});
