import type { LossEntry } from '../../losses/index.ts';
import type { ExtraInputs } from './lossInputs.ts';

/** fp32 noise of two forward passes over the same tokens, relative to the loss. */
const TOLERANCE = 1e-4;

/**
 * The gate of a stage's first step: the policy still is its own reference, so the loss is a known constant. A wrong mask,
 * template, end token or type shows here, before it costs a run.
 *
 * @throws {Error} with expected and found when they differ by more than 1e-4, relative to the larger of 1 and the loss
 */
export function checkStepZero(options: {
  loss: LossEntry;
  lossOptions: Readonly<Record<string, unknown>>;
  /** Inputs of the loss, one entry per example of the batch. */
  extra: ExtraInputs;
  /** In the batch. */
  examples: number;
  found: number;
}): void {
  const { loss, lossOptions, extra, examples, found } = options;
  if (!loss.stepZero) return;
  const expected = Array.from({ length: examples }, (_, row) => {
    const numbers = Object.entries(extra).map(([key, values]) => [key, values[row]] as const);
    const labels = Object.fromEntries(
      numbers.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    );
    return loss.stepZero!(lossOptions, labels);
  });
  const mean = expected.reduce((a, b) => a + b, 0) / expected.length;
  if (Math.abs(found - mean) <= TOLERANCE * Math.max(1, mean)) return;
  throw new Error(
    `Step 0: policy and reference are the same weights, so the loss must be ${mean}, and it is ${found}: the two passes ` +
      'see different tokens or masks. This is a fault of the program; please report it with run.json.',
  );
}
