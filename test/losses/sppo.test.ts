import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { sppo } from '../../losses/index.ts';
import type { SppoInputs } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, swapPairs, valuesOf } from './randomPairs.ts';

const LABELS = ['chosenProbsWin', 'chosenProbsLose'];
const POLICY = ['policyChosenLogps', 'policyRejectedLogps'];
const loss = (beta: number) => (inputs: SppoInputs) => sppo(inputs, { beta });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand', () => {
  // beta = 1/8, p_w = 3/4, p_l = 3/8: targets (1/4) 8 = 2 and (-1/8) 8 = -1. With a = 5, b = 1 the distances are 3 and 2,
  // the loss (9 + 4)/2 = 6.5 and the gradient the distances.
  const pair = pairAt(5, 1, { chosenProbsWin: 0.75, chosenProbsLose: 0.375 });
  const gradients = gradientsOf(loss(0.125), pair, POLICY);
  expect(valuesOf(loss(0.125), pair)).toEqual([6.5]);
  expect(gradients['policyChosenLogps']).toEqual([3]);
  expect(gradients['policyRejectedLogps']).toEqual([2]);
});

test('is zero, with zero gradient, where both log-ratios meet their targets', () => {
  const pair = pairAt(2, -1, { chosenProbsWin: 0.75, chosenProbsLose: 0.375 });
  expect(valuesOf(loss(0.125), pair)).toEqual([0]);
  expect(gradientsOf(loss(0.125), pair, POLICY)).toEqual({ policyChosenLogps: [0], policyRejectedLogps: [0] });
});

test('asks for nothing when both responses win half of the time and the policy has not moved', () => {
  const pair = pairAt(0, 0, { chosenProbsWin: 0.5, chosenProbsLose: 0.5 });
  expect(valuesOf(loss(0.001), pair)).toEqual([0]);
});

test('pulls each response toward its own target', () => {
  fc.assert(
    fc.property(randomPairs(4, LABELS), (batch) => {
      const gradients = gradientsOf(loss(0.125), batch, POLICY);
      for (const [side, reference, label] of [
        ['policyChosenLogps', 'refChosenLogps', 'chosenProbsWin'],
        ['policyRejectedLogps', 'refRejectedLogps', 'chosenProbsLose'],
      ] as const) {
        const distance = batch[side]!.map((logp, i) => logp - batch[reference]![i]! - 8 * (batch[label]![i]! - 0.5));
        expect(gradients[side]).toEqual(distance);
      }
    }),
    PROPERTY,
  );
});

test('does not care which response is called chosen', () => {
  fc.assert(
    fc.property(randomPairs(4, LABELS), (batch) => {
      const swapped = {
        ...swapPairs(batch),
        chosenProbsWin: batch['chosenProbsLose']!,
        chosenProbsLose: batch['chosenProbsWin']!,
      };
      expect(valuesOf(loss(0.125), swapped)).toEqual(valuesOf(loss(0.125), batch));
    }),
    PROPERTY,
  );
});
