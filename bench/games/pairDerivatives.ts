import * as tf from '@tensorflow/tfjs-core';

import type { LossEntry } from '../../losses/index.ts';

/** A loss of pairs at given log-probabilities: first and second derivatives by those of chosen and rejected, [B] each. */
export interface PairDerivatives {
  byChosen: Float32Array;
  byRejected: Float32Array;
  byChosenTwice: Float32Array;
  byBoth: Float32Array;
  byRejectedTwice: Float32Array;
}

/** Distance of the points between which gradients are compared, nats: more would bend with logistic losses, less be rounding. */
const WIDTH = 0.02;

/**
 * Gradients of a real loss, from tfjs, at every pair and beside it.
 *
 * @param inputs what the loss reads beside the policy's log-probabilities, [B] each
 */
export function pairDerivatives(
  loss: LossEntry,
  options: Readonly<Record<string, unknown>>,
  policy: { chosen: Float32Array; rejected: Float32Array },
  inputs: Readonly<Record<string, Float32Array>>,
): PairDerivatives {
  const size = policy.chosen.length;
  // Where each of five copies of the batch stands, in units of the width.
  const shifts = [
    [0, 0],
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const;
  const copied = (values: Float32Array, side?: 0 | 1): tf.Tensor1D =>
    tf.tensor1d(
      Float32Array.from(
        { length: shifts.length * size },
        (_, i) => values[i % size]! + (side === undefined ? 0 : WIDTH * shifts[Math.floor(i / size)]![side]),
      ),
    );
  const [byChosen, byRejected] = tf.tidy(() => {
    const given = Object.fromEntries(Object.entries(inputs).map(([key, values]) => [key, copied(values)]));
    const sum = (policyChosenLogps: tf.Tensor, policyRejectedLogps: tf.Tensor): tf.Scalar =>
      tf.sum(loss.fn({ ...given, policyChosenLogps, policyRejectedLogps }, options));
    return tf
      .grads(sum)([copied(policy.chosen, 0), copied(policy.rejected, 1)])
      .map((x) => x.dataSync());
  }) as [Float32Array, Float32Array];
  const at = (values: Float32Array, copy: number): Float32Array => values.subarray(copy * size, (copy + 1) * size);
  const slope = (values: Float32Array, plus: number, minus: number): Float32Array =>
    at(values, plus).map((value, i) => (value - at(values, minus)[i]!) / (2 * WIDTH));
  return {
    byChosen: at(byChosen, 0),
    byRejected: at(byRejected, 0),
    byChosenTwice: slope(byChosen, 1, 2),
    byBoth: slope(byChosen, 3, 4),
    byRejectedTwice: slope(byRejected, 3, 4),
  };
}
