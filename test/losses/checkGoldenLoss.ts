import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

import { LOSSES, type LossEntry } from '../../losses/index.ts';
import { camelKeys, type GoldenVector } from './goldenVectors.ts';

const losses: Readonly<Record<string, LossEntry>> = LOSSES;

/** The tolerance of fp32 against the 60-digit values: relative, and absolute on the scale of the entry. */
export function expectClose(got: tf.Tensor, want: tf.TensorLike, largest: number): void {
  const wanted = [want].flat(2) as number[];
  const values = [...got.dataSync()];
  expect(values).toHaveLength(wanted.length);
  for (const [i, value] of values.entries()) {
    const bound = 1e-5 * Math.abs(wanted[i]!) + 1e-7 * Math.max(1, largest);
    expect(Math.abs(value - wanted[i]!), `[${i}]: got ${value}, want ${wanted[i]}`).toBeLessThanOrEqual(bound);
  }
}

function largestOf(...lists: unknown[]): number {
  return Math.max(...(lists.flat(3) as number[]).map(Math.abs));
}

/** Values and gradients of a golden vector's loss, on the present backend. */
export function checkGoldenLoss(vector: GoldenVector): void {
  const entry = losses[vector.loss];
  if (entry === undefined) expect.fail(`loss "${vector.loss}" is not in LOSSES: ${Object.keys(losses).join(', ')}`);
  const inputs = camelKeys(vector.inputs);
  const tensors = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, tf.tensor(value)]));
  const options = camelKeys(vector.params);
  const grads = camelKeys(vector.expected_grads ?? {});
  const largest = largestOf(vector.expected_losses, ...Object.values(grads));

  const value = entry.fn(tensors, options);
  expectClose(value, vector.expected_losses!, largest);
  if (vector.expected_mean !== undefined) expectClose(tf.mean(value), vector.expected_mean, largest);

  // WPO's are given for summed log-probabilities, which is the gradient of each token.
  for (const [key, sums] of Object.entries(grads)) {
    if (!key.endsWith('LogpsSum')) continue;
    const tokens = key.replace('LogpsSum', 'TokenLogps');
    const perRow = tensors[tokens]!.size / sums.length;
    grads[tokens] = (sums as number[]).flatMap((sum) => Array.from({ length: perRow }, () => sum));
    delete grads[key];
  }
  const keys = Object.keys(grads);
  if (keys.length === 0) return;
  const reduce = vector.grad_of === 'mean' ? tf.mean : tf.sum;
  const got = tf.grads((...xs: tf.Tensor[]) => {
    const policy = Object.fromEntries(keys.map((key, i) => [key, xs[i]!]));
    return reduce(entry.fn({ ...tensors, ...policy }, options));
  })(keys.map((key) => tensors[key]!));
  for (const [i, key] of keys.entries()) expectClose(got[i]!, grads[key]!, largest);
}
