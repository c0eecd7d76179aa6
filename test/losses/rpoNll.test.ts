import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { dpo, rpoNllSeq, rpoNllTok, rpoNllTrlV09 } from '../../losses/index.ts';
import type { PairLogps, RpoNllInputs } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const batch = {
  policyChosenLogps: [-10, -20.5],
  policyRejectedLogps: [-12, -18],
  refChosenLogps: [-11, -19],
  refRejectedLogps: [-11, -19],
  chosenLengths: [4, 8],
};
const options = { beta: 0.5, alpha: 0.25, labelSmoothing: 0.1 };
const plain = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5, labelSmoothing: 0.1 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('add the likelihood per response, per batch, or next to a scaled DPO', () => {
  const pairs = evaluate(plain, batch);
  const bySequence = evaluate((inputs: RpoNllInputs) => rpoNllSeq(inputs, options), batch);
  const byToken = evaluate((inputs: RpoNllInputs) => rpoNllTok(inputs, options), batch);
  const old = evaluate((inputs: RpoNllInputs) => rpoNllTrlV09(inputs, options), batch);
  for (const [i, pair] of pairs.entries()) {
    expect(bySequence[i]).toBeCloseTo(pair + 0.25 * [10 / 4, 20.5 / 8][i]!, 5);
    expect(byToken[i]).toBeCloseTo(pair + 0.25 * (30.5 / 12), 5);
    expect(old[i]).toBeCloseTo(0.25 * pair + 30.5 / 12, 5);
  }
});

test('with alpha 0 the first two are DPO', () => {
  const none = { ...options, alpha: 0 };
  expect(evaluate((inputs: RpoNllInputs) => rpoNllSeq(inputs, none), batch)).toEqual(evaluate(plain, batch));
  expect(evaluate((inputs: RpoNllInputs) => rpoNllTok(inputs, none), batch)).toEqual(evaluate(plain, batch));
});

test('push each chosen response up by alpha over its length beside DPO', () => {
  const won = { ...batch, policyChosenLogps: [-1, -1], policyRejectedLogps: [-900, -900] };
  const gradient = differentiate((inputs: RpoNllInputs) => rpoNllSeq(inputs, options), won, ['policyChosenLogps']);
  const dpoGradient = differentiate(plain, won, ['policyChosenLogps'])['policyChosenLogps']!;
  for (const [i, length] of [4, 8].entries()) {
    expect(gradient['policyChosenLogps']![i]! - dpoGradient[i]!).toBeCloseTo(-0.25 / length, 6);
  }
});

test.each([
  ['rpo_nll_seq', rpoNllSeq, -1, 'a finite number of at least 0'],
  ['rpo_nll_tok', rpoNllTok, Number.NaN, 'a finite number of at least 0'],
  ['rpo_nll_trl_v0.9', rpoNllTrlV09, 0, 'a positive finite number'],
] as const)('%s refuses its alpha out of range', (id, fn, alpha, expected) => {
  const run = (): unknown => fn(tensorsFrom(batch) as RpoNllInputs, { beta: 0.5, alpha });
  expect(run).toThrow(RangeError);
  expect(run).toThrow(`${id}: alpha must be ${expected}, got ${alpha}.`);
});
