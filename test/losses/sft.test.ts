import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { sft, sftSeq } from '../../losses/index.ts';
import type { SftInputs } from '../../losses/index.ts';
import { differentiate, evaluate } from './evaluate.ts';

const batch = { policyChosenLogps: [-12, -3], chosenLengths: [4, 6] };
const byToken = (inputs: SftInputs): tf.Tensor => sft(inputs);
const bySequence = (inputs: SftInputs): tf.Tensor => sftSeq(inputs);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('the token mean is that of the batch, 15 nats over 10 tokens, for every response', () => {
  expect(evaluate(byToken, batch)).toEqual([1.5, 1.5]);
});

test('the sequence mean is that of each response', () => {
  expect(evaluate(bySequence, batch)).toEqual([3, 0.5]);
});

test('the batch mean of the first weighs tokens alike, of the second responses', () => {
  // Gradients of the sum over two rows, so twice those of the mean.
  const tokens = differentiate(byToken, batch, ['policyChosenLogps'])['policyChosenLogps']!;
  for (const gradient of tokens) expect(gradient).toBeCloseTo(-2 / 10, 6);
  const sequences = differentiate(bySequence, batch, ['policyChosenLogps'])['policyChosenLogps']!;
  for (const [i, length] of [4, 6].entries()) expect(sequences[i]).toBeCloseTo(-1 / length, 6);
});

test('rows that only fill up the batch change nothing', () => {
  const filled = { policyChosenLogps: [-12, -3, 0], chosenLengths: [4, 6, 0] };
  expect(evaluate(byToken, filled)).toEqual([1.5, 1.5, 1.5]);
  expect(evaluate(bySequence, filled).map(Math.abs)).toEqual([3, 0.5, 0]);
});
