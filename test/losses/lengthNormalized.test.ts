import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { LOSSES, dpo, lengthNormalized, simpo } from '../../losses/index.ts';
import type { PairLengths, PairLogps, PolicyLogps } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const batch = {
  policyChosenLogps: [-10, -20],
  policyRejectedLogps: [-12, -18],
  refChosenLogps: [-11, -19],
  refRejectedLogps: [-11, -19],
  chosenLengths: [4, 8],
  rejectedLengths: [2, 16],
};
const normalized = lengthNormalized(LOSSES.dpo);
const loss = (inputs: Record<string, tf.Tensor>): tf.Tensor => normalized.fn(inputs, { beta: 0.5 });
const plain = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5 });
const marginless = (inputs: PolicyLogps & PairLengths): tf.Tensor => simpo(inputs, { beta: 2, gammaBetaRatio: 0 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is the loss of the means, which the policy and the reference share the divisor of', () => {
  const means = {
    policyChosenLogps: [-2.5, -2.5],
    policyRejectedLogps: [-6, -1.125],
    refChosenLogps: [-2.75, -2.375],
    refRejectedLogps: [-5.5, -1.1875],
  };
  expect(evaluate(loss, batch)).toEqual(evaluate(plain, means));
  const got = differentiate(loss, batch, ['policyChosenLogps'])['policyChosenLogps']!;
  const want = differentiate(plain, means, ['policyChosenLogps'])['policyChosenLogps']!;
  expect(got).toEqual([want[0]! / 4, want[1]! / 8]);
});

test('makes SimPO without a margin of the preference term of CPO', () => {
  const cpo = lengthNormalized(LOSSES.cpo_pref);
  const got = evaluate((inputs: Record<string, tf.Tensor>) => cpo.fn(inputs, { beta: 2 }), batch);
  expect(got).toEqual(evaluate(marginless, batch));
});

test('reads and needs lengths too, and starts where the loss does', () => {
  expect(normalized.inputs).toEqual([...LOSSES.dpo.inputs, 'chosenLengths', 'rejectedLengths']);
  expect(normalized.needs).toEqual(['reference', 'lengths']);
  expect(normalized).toMatchObject({ level: 'sequence', coupled: false });
  expect(normalized.stepZero!({ beta: 0.5 }, {})).toBe(Math.LN2);
});

test.each(['simpo', 'wpo', 'verl_sppo', 'sft'] as const)('refuses %s, which has no sums of pairs to divide', (id) => {
  expect(() => lengthNormalized(LOSSES[id])).toThrow(RangeError);
  expect(() => lengthNormalized(LOSSES[id])).toThrow(
    'lengthNormalized: expected a loss of summed log-probabilities of pairs without lengths, got one of level',
  );
});

test('refuses missing lengths by their name, and leaves other faults to the loss', () => {
  const { rejectedLengths: _, ...without } = tensorsFrom(batch);
  expect(() => normalized.fn(without, { beta: 0.5 })).toThrow('got rejectedLengths missing.');
  const { refChosenLogps: __, ...unreferenced } = tensorsFrom(batch);
  expect(() => normalized.fn(unreferenced, { beta: 0.5 })).toThrow(/^dpo: .*refChosenLogps missing/);
});
