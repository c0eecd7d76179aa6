import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { logitMetrics } from '../../losses/index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('are means over the vocabulary and over the tokens that count', () => {
  const chosenLogits = tf.tensor3d([1, 3, 5, 7, Number.NaN, 0, 2, 2], [2, 2, 2]);
  const chosenMask = tf.tensor2d([1, 1, 0, 1], [2, 2]);
  const rejectedLogits = tf.tensor3d([-4, 0, 9, 9], [2, 1, 2]);
  const rejectedMask = tf.tensor2d([1, 0], [2, 1]);
  const metrics = logitMetrics({ chosenLogits, rejectedLogits, chosenMask, rejectedMask });
  expect(metrics['logits/chosen'].dataSync()[0]).toBeCloseTo((2 + 6 + 2) / 3, 6);
  expect(metrics['logits/rejected'].dataSync()[0]).toBeCloseTo(-2, 6);
});

test('a mask of other tokens is refused', () => {
  const inputs = {
    chosenLogits: tf.zeros([2, 3, 4]),
    chosenMask: tf.ones([2, 2]),
    rejectedLogits: tf.zeros([2, 3, 4]),
    rejectedMask: tf.ones([2, 3]),
  };
  expect(() => logitMetrics(inputs)).toThrow(/^logitMetrics: expected chosenLogits .* got \[2, 3, 4\] and \[2, 2\]/);
});
