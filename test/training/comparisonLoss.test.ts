import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import { centeringLoss, comparisonLoss } from '../../src/training/comparisonLoss.ts';
import { comparisonMetrics } from '../../src/training/index.ts';
import { largestDistance } from '../models/modelCases.ts';

interface Golden {
  softLabels: Record<'logits' | 'labels' | 'losses' | 'gradients', number[]>;
  reward: Record<'scores' | 'margins' | 'gradients', number[]> & { coefficient: number; loss: number };
  metrics: { logits: number[]; labels: number[]; accuracy: number; log_loss: number; brier: number; ece: number };
}
const GOLDEN = JSON.parse(
  readFileSync(fileURLToPath(new URL('../golden/comparisonLosses.json', import.meta.url)), 'utf8'),
) as Golden;

beforeAll(async () => {
  await startEngine();
});

test('the loss of soft labels and its gradient are those of PyTorch, also where the logits are large', async () => {
  const { logits, labels, losses, gradients } = GOLDEN.softLabels;
  const lossOf = (s: tf.Tensor): tf.Tensor => comparisonLoss(s, tf.tensor1d(labels));
  expect(largestDistance(await lossOf(tf.tensor1d(logits)).data(), losses)).toBeLessThan(1e-5);
  const gradient = tf.grad((s) => tf.sum(lossOf(s)))(tf.tensor1d(logits));
  expect(largestDistance(await gradient.data(), gradients)).toBeLessThan(1e-6);
});

test("the loss of scores, with margins and centering, is that of TRL's reward trainer", async () => {
  const { scores, margins, coefficient, loss, gradients } = GOLDEN.reward;
  const lossOf = (all: tf.Tensor): tf.Tensor => {
    const [chosen, rejected] = tf.split(all, 2) as [tf.Tensor, tf.Tensor];
    const losses = comparisonLoss(tf.sub(tf.sub(chosen, rejected), tf.tensor1d(margins)), tf.onesLike(chosen));
    return tf.mean(tf.add(losses, tf.mul(coefficient, centeringLoss(all as tf.Tensor1D))));
  };
  const { value, grad } = tf.valueAndGrad(lossOf)(tf.tensor1d(scores));
  expect((await value.data())[0]).toBeCloseTo(loss, 5);
  expect(largestDistance(await grad.data(), gradients)).toBeLessThan(1e-6);
});

test('accuracy, log loss, Brier score and calibration error are those of PyTorch', () => {
  const { logits, labels, ...expected } = GOLDEN.metrics;
  const found = comparisonMetrics(logits, labels);
  for (const [name, value] of Object.entries(expected)) {
    expect(found[name as keyof typeof found], name).toBeCloseTo(value, 10);
  }
});

test('an undecided verdict is half right, ties are not counted, and a model that knows nothing has the loss ln 2', () => {
  expect(comparisonMetrics([0, 1, 5], [1, 1, 0.5]).accuracy).toBe(0.75);
  expect(comparisonMetrics([0, 0], [1, 0]).log_loss).toBe(Math.LN2);
  expect(comparisonMetrics([0, 0], [1, 0]).ece).toBe(0);
  expect(() => comparisonMetrics([], [])).toThrow(/one label for each logit/);
});
