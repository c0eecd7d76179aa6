import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { LOSSES, dpo, ktoPair, perExampleWeights, wpo, wpoWeights } from '../../losses/index.ts';
import type { PairLogps, WpoInputs } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const batch = {
  policyChosenLogps: [-10, -20],
  policyRejectedLogps: [-12, -18],
  refChosenLogps: [-11, -19],
  refRejectedLogps: [-11, -19],
};
const weighted = perExampleWeights(LOSSES.dpo);
const loss = (inputs: Record<string, tf.Tensor>): tf.Tensor => weighted.fn(inputs, { beta: 0.5 });
const plain = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('multiplies values and gradients, and takes the weights as constants', () => {
  const inputs = { ...batch, weights: [2, 0.25] };
  const [first, second] = evaluate(plain, batch);
  expect(evaluate(loss, inputs)).toEqual([2 * first!, 0.25 * second!]);
  const got = differentiate(loss, inputs, ['policyChosenLogps', 'weights']);
  const [g, h] = differentiate(plain, batch, ['policyChosenLogps'])['policyChosenLogps']!;
  expect(got['policyChosenLogps']).toEqual([2 * g!, 0.25 * h!]);
  expect(got['weights']!.map(Math.abs)).toEqual([0, 0]);
});

test('reads and needs weights beside what the loss does, and knows the start of a weighted pair', () => {
  expect(weighted.inputs).toEqual([...LOSSES.dpo.inputs, 'weights']);
  expect(weighted.needs).toEqual(['reference', 'weights']);
  expect(weighted).toMatchObject({ level: 'sequence', coupled: false });
  expect(weighted.stepZero!({ beta: 0.1 }, { weights: 3 })).toBeCloseTo(3 * Math.LN2, 12);
  expect(perExampleWeights(LOSSES.simpo)).not.toHaveProperty('stepZero');
});

test("makes WPO of DPO with WPO's weights", () => {
  const chosen = { policyTokenLogps: [[-0.5, -1.5]], sumPSquared: [[0.5, 0.25]] };
  const rejected = { policyTokenLogps: [[-1, -1, -2]], sumPSquared: [[0.5, 0.5, 0.25]] };
  const references = { refChosenLogps: [-3], refRejectedLogps: [-2] };
  const whole = tf.tidy(() => {
    const inputs = {
      policyChosenTokenLogps: tf.tensor(chosen.policyTokenLogps),
      policyRejectedTokenLogps: tf.tensor(rejected.policyTokenLogps),
      chosenSumPSquared: tf.tensor(chosen.sumPSquared),
      rejectedSumPSquared: tf.tensor(rejected.sumPSquared),
      ...tensorsFrom(references),
    };
    return [...wpo(inputs as WpoInputs, { beta: 0.5 }).dataSync()];
  });
  const weights = [chosen, rejected].map((side) => evaluate((inputs) => wpoWeights(inputs as never), side)[0]!);
  const pairs = {
    ...references,
    policyChosenLogps: [-2],
    policyRejectedLogps: [-4],
    weights: [weights[0]! * weights[1]!],
  };
  expect(evaluate(loss, pairs)[0]).toBeCloseTo(whole[0]!, 6);
});

test('takes one weight per value, so two per pair of KTO', () => {
  const kto = perExampleWeights(LOSSES.kto_pair);
  const values = evaluate((inputs: PairLogps) => ktoPair(inputs, { beta: 0.5 }), batch);
  const got = evaluate((inputs: Record<string, tf.Tensor>) => kto.fn(inputs, { beta: 0.5 }), {
    ...batch,
    weights: [2, 1, 0.5, 0],
  });
  expect(got).toEqual(values.map((value, i) => value * [2, 1, 0.5, 0][i]!));
});

test('refuses weights of another number, or none', () => {
  const run = (): unknown => weighted.fn({ ...tensorsFrom(batch), weights: tf.ones([3]) }, { beta: 0.5 });
  expect(run).toThrow(RangeError);
  expect(run).toThrow('perExampleWeights: expected one number per row, shape [2], got weights [3].');
  expect(() => weighted.fn(tensorsFrom(batch), { beta: 0.5 })).toThrow('got weights missing.');
});
