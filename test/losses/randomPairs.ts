import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

/** Numbers of one batch under the keys of a loss's inputs. */
export type Batch = Record<string, number[]>;

/** Fixed, so that a failing property fails again. */
export const PROPERTY = { seed: 240500675, numRuns: 40 };

// Multiples of 1/8 add and subtract exactly in fp32, so that identities hold to the last bit, not to a tolerance.
const logp = fc.integer({ min: -2000, max: 0 }).map((n) => n / 8);
const logRatio = fc.integer({ min: -128, max: 128 }).map((n) => n / 8);
const probability = fc.integer({ min: 0, max: 64 }).map((n) => n / 64);

/**
 * Batches of `size` pairs whose policy stays within 16 nats of the reference, with a probability under each key of
 * `probabilities`.
 */
export function randomPairs(size: number, probabilities: readonly string[] = []): fc.Arbitrary<Batch> {
  const list = (of: fc.Arbitrary<number>): fc.Arbitrary<number[]> => fc.array(of, { minLength: size, maxLength: size });
  return fc
    .record({
      refChosenLogps: list(logp),
      refRejectedLogps: list(logp),
      chosenRatio: list(logRatio),
      rejectedRatio: list(logRatio),
      probabilities: fc.tuple(...probabilities.map(() => list(probability))),
    })
    .map(({ refChosenLogps, refRejectedLogps, chosenRatio, rejectedRatio, ...rest }) => ({
      policyChosenLogps: refChosenLogps.map((ref, i) => ref + chosenRatio[i]!),
      policyRejectedLogps: refRejectedLogps.map((ref, i) => ref + rejectedRatio[i]!),
      refChosenLogps,
      refRejectedLogps,
      ...Object.fromEntries(probabilities.map((key, i) => [key, rest.probabilities[i]!])),
    }));
}

/** The same batch with chosen and rejected responses exchanged; other keys stay. */
export function swapPairs(batch: Batch): Batch {
  return {
    ...batch,
    policyChosenLogps: batch['policyRejectedLogps']!,
    policyRejectedLogps: batch['policyChosenLogps']!,
    refChosenLogps: batch['refRejectedLogps']!,
    refRejectedLogps: batch['refChosenLogps']!,
  };
}

/** A batch of one pair with log-ratios a (chosen) and b (rejected). */
export function pairAt(a: number, b: number, probabilities: Record<string, number> = {}): Batch {
  return {
    policyChosenLogps: [a - 40],
    policyRejectedLogps: [b - 50],
    refChosenLogps: [-40],
    refRejectedLogps: [-50],
    ...Object.fromEntries(Object.entries(probabilities).map(([key, value]) => [key, [value]])),
  };
}

/** Log-ratios chosen minus rejected, the z of the DPO family. */
export function margins(batch: Batch): number[] {
  return batch['policyChosenLogps']!.map(
    (chosen, i) =>
      chosen - batch['refChosenLogps']![i]! - (batch['policyRejectedLogps']![i]! - batch['refRejectedLogps']![i]!),
  );
}

/** Any loss with its options filled in. A method, so that losses that name the inputs they require fit. */
type Loss = { fn(inputs: Record<string, tf.Tensor>): tf.Tensor }['fn'];

/** The batch as fp32 tensors, for the caller to free. */
export function tensorsOf(batch: Batch): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(batch).map(([key, values]) => [key, tf.tensor1d(values)]));
}

/** Values of a per-example loss as plain numbers, everything freed. */
export function valuesOf(fn: Loss, batch: Batch): number[] {
  return tf.tidy(() => [...fn(tensorsOf(batch)).dataSync()]);
}

/** Gradients of the summed loss with respect to the inputs under `keys`, everything freed. */
export function gradientsOf(fn: Loss, batch: Batch, keys: readonly string[]): Batch {
  return tf.tidy(() => {
    const tensors = tensorsOf(batch);
    const gradients = tf.grads((...xs: tf.Tensor[]) =>
      tf.sum(fn({ ...tensors, ...Object.fromEntries(keys.map((key, i) => [key, xs[i]!])) })),
    )(keys.map((key) => tensors[key]!));
    return Object.fromEntries(keys.map((key, i) => [key, [...gradients[i]!.dataSync()]]));
  });
}

/** Largest difference of two lists of one length. */
export function largestDifference(got: readonly number[], want: readonly number[]): number {
  if (got.length !== want.length) throw new Error(`lists of ${got.length} and ${want.length} numbers`);
  return Math.max(...got.map((value, i) => Math.abs(value - want[i]!)));
}
