import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

/**
 * Numbers of one batch under the keys of a loss's inputs, one per pair. `key[0]`, `key[1]` and so on are the rows of an input
 * of shape [H, B].
 */
export type Batch = Record<string, number[]>;

/** Fixed, so that a failing property fails again. */
export const PROPERTY = { seed: 240500675, numRuns: 40 };

// Multiples of 1/8 add and subtract exactly in fp32, so that identities hold to the last bit, not to a tolerance.
const logp = fc.integer({ min: -2000, max: 0 }).map((n) => n / 8);
const probability = fc.integer({ min: 0, max: 64 }).map((n) => n / 64);
const length = fc.integer({ min: 1, max: 64 });
const reward = fc.integer({ min: -64, max: 64 }).map((n) => n / 8);

/**
 * Batches of `size` pairs whose policies stay within `largestRatio` nats of the reference, with numbers under each key of
 * `more` that suit its name: log-probabilities, lengths, rewards, values, or else probabilities.
 */
export function randomPairs(size: number, more: readonly string[] = [], largestRatio = 16): fc.Arbitrary<Batch> {
  const list = (of: fc.Arbitrary<number>): fc.Arbitrary<number[]> => fc.array(of, { minLength: size, maxLength: size });
  const logRatio = fc.integer({ min: -8 * largestRatio, max: 8 * largestRatio }).map((n) => n / 8);
  const numberOf = (key: string): fc.Arbitrary<number> => {
    if (key.includes('Logps')) return logRatio;
    if (key.endsWith('Lengths')) return length;
    return /Rewards$|Values$/.test(key) ? reward : probability;
  };
  return fc
    .record({
      refChosenLogps: list(logp),
      refRejectedLogps: list(logp),
      chosenRatio: list(logRatio),
      rejectedRatio: list(logRatio),
      numbers: fc.tuple(...more.map((key) => list(numberOf(key)))),
    })
    .map(({ refChosenLogps, refRejectedLogps, chosenRatio, rejectedRatio, numbers }) => {
      const given = more.map((key, i) => {
        if (!key.includes('Logps')) return [key, numbers[i]!] as const;
        return [key, sums(numbers[i]!, key.includes('Chosen') ? refChosenLogps : refRejectedLogps)] as const;
      });
      return {
        policyChosenLogps: sums(chosenRatio, refChosenLogps),
        policyRejectedLogps: sums(rejectedRatio, refRejectedLogps),
        refChosenLogps,
        refRejectedLogps,
        ...Object.fromEntries(given),
      };
    });
}

function sums(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + b[i]!);
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

/** A batch of one pair with log-ratios a (chosen) and b (rejected), and any other inputs of the loss. */
export function pairAt(a: number, b: number, more: Record<string, number> = {}): Batch {
  return {
    policyChosenLogps: [a - 40],
    policyRejectedLogps: [b - 50],
    refChosenLogps: [-40],
    refRejectedLogps: [-50],
    ...Object.fromEntries(Object.entries(more).map(([key, value]) => [key, [value]])),
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
  const keys = Object.keys(batch);
  const names = new Set(keys.map((key) => key.replace(/\[\d+\]$/, '')));
  const rowsOf = (name: string): number[][] =>
    keys.filter((key) => key.startsWith(`${name}[`)).map((key) => batch[key]!);
  return Object.fromEntries(
    [...names].map((name) => [name, batch[name] ? tf.tensor1d(batch[name]) : tf.tensor2d(rowsOf(name))]),
  );
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
