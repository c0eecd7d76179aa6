import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { sppo, sppoHard, sppoSingle } from '../../losses/index.ts';
import type { PairLogps, SppoInputs, SppoSingleInputs } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, swapPairs, valuesOf } from './randomPairs.ts';

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (beta: number) => (inputs: SppoSingleInputs) => sppoSingle(inputs, { beta });
const hard = (inputs: PairLogps): tf.Tensor => sppoHard(inputs, { beta: 0.25 });
const soft = (inputs: SppoInputs): tf.Tensor => sppo(inputs, { beta: 0.125 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand', () => {
  // beta = 1/8, p = 3/4: targets +2 and -2. With a = 3, b = 1 the distances are 1 and 3, the loss (1 + 9)/2.
  const pair = pairAt(3, 1, { chosenProbs: 0.75 });
  expect(valuesOf(loss(0.125), pair)).toEqual([5]);
  expect(gradientsOf(loss(0.125), pair, POLICY)).toEqual({ policyChosenLogps: [1], policyRejectedLogps: [3] });
});

test('is half of the hard loss when the chosen response surely wins', () => {
  fc.assert(
    fc.property(randomPairs(4), (batch) => {
      const sure = { ...batch, chosenProbs: [1, 1, 1, 1] };
      expect(valuesOf(loss(0.25), sure)).toEqual(valuesOf(hard, batch).map((value) => value / 2));
    }),
    PROPERTY,
  );
});

test('is the soft loss with win rates p and 1 - p', () => {
  fc.assert(
    fc.property(randomPairs(4, ['chosenProbs']), (batch) => {
      const p = batch['chosenProbs']!;
      const both = { ...batch, chosenProbsWin: p, chosenProbsLose: p.map((value) => 1 - value) };
      expect(valuesOf(loss(0.125), batch)).toEqual(valuesOf(soft, both));
    }),
    PROPERTY,
  );
});

test('does not care which response is called chosen when the probability turns with it', () => {
  fc.assert(
    fc.property(randomPairs(4, ['chosenProbs']), (batch) => {
      const swapped = { ...swapPairs(batch), chosenProbs: batch['chosenProbs']!.map((p) => 1 - p) };
      expect(valuesOf(loss(0.125), swapped)).toEqual(valuesOf(loss(0.125), batch));
    }),
    PROPERTY,
  );
});
