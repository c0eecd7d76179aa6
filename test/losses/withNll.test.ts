import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { LOSSES, withNll } from '../../losses/index.ts';
import type { LossEntry, NllTerm } from '../../losses/index.ts';
import { differentiate, evaluate } from './evaluate.ts';

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

test.each([
  ['rpo_nll_tok', 'tokens'],
  ['rpo_nll_seq', 'sequence'],
] as const)('makes %s of DPO with the mean over %s', (id, average) => {
  const combined = of(withNll(LOSSES.dpo, { alpha: 0.25, average }), { beta: 0.5 });
  const whole = of(LOSSES[id], { beta: 0.5, alpha: 0.25 });
  expect(evaluate(combined, batch)).toEqual(evaluate(whole, batch));
  expect(differentiate(combined, batch, POLICY)).toEqual(differentiate(whole, batch, POLICY));
  const { inputs, needs, level, coupled } = LOSSES[id];
  expect(withNll(LOSSES.dpo, { alpha: 0.25, average })).toMatchObject({ inputs, needs, level, coupled });
});

test('averages over the tokens of the batch unless told otherwise, which couples it', () => {
  const loss = withNll(LOSSES.sppo_hard, { alpha: 1 });
  expect(loss).toMatchObject({ coupled: true, needs: ['reference', 'lengths'] });
  expect(loss).not.toHaveProperty('stepZero');
});

test.each([
  [{ alpha: -1 }, 'withNll: alpha must be a finite number of at least 0, got -1.'],
  [{ alpha: 1, average: 'batch' }, 'withNll: average must be one of tokens, sequence, got batch.'],
])('refuses %o', (term, message) => {
  const run = (): unknown => withNll(LOSSES.dpo, term as NllTerm);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(message);
});
