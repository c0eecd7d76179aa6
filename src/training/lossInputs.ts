import * as tf from '@tensorflow/tfjs-core';

import { SOURCE_OF_INPUT, type LossEntry, type LossInput, type LossNeed } from '../../losses/index.ts';
import type { CompletionOutputs } from './completionLogProbs.ts';

/** What a trainer computes for a loss, and from which completion of an example. */
type Computed = { from: 'sums' | 'tokens' | 'mask' | 'lengths' | 'squares'; side: number };

const COMPUTED: Readonly<Record<string, Computed>> = {
  policyChosenLogps: { from: 'sums', side: 0 },
  policyRejectedLogps: { from: 'sums', side: 1 },
  policyLogps: { from: 'sums', side: 0 },
  policyLogpsOnPolicySample: { from: 'sums', side: 0 },
  policyLogpsOnRefSample: { from: 'sums', side: 1 },
  policyTokenLogps: { from: 'tokens', side: 0 },
  policyChosenTokenLogps: { from: 'tokens', side: 0 },
  policyRejectedTokenLogps: { from: 'tokens', side: 1 },
  mask: { from: 'mask', side: 0 },
  chosenMask: { from: 'mask', side: 0 },
  rejectedMask: { from: 'mask', side: 1 },
  chosenLengths: { from: 'lengths', side: 0 },
  rejectedLengths: { from: 'lengths', side: 1 },
  chosenSumPSquared: { from: 'squares', side: 0 },
  rejectedSumPSquared: { from: 'squares', side: 1 },
};

/** Numbers that the caller supplies for each token, and of which completion. */
const PER_TOKEN: Readonly<Record<string, number>> = {
  refTokenLogps: 0,
  lastTokenLogps: 0,
  refChosenTokenLogps: 0,
  refRejectedTokenLogps: 1,
};

/** Sources of one number for the whole batch. */
const PER_BATCH: readonly (LossNeed | 'policy')[] = ['mismatchedKl', 'runningReward'];

/**
 * Inputs of a loss beside what the policy and the batch give, by the keys of `extraInputs`. As a rule one number per
 * example of the batch, in its order; for inputs `...TokenLogps` a list per example, one number per token of the completion;
 * for the history a list per example, one number per earlier iterate; for `kl`, `delta` and `batchShare` one number in all.
 */
export type ExtraInputs = Readonly<Record<string, Float32Array | readonly Float32Array[]>>;

/** How the numbers of an input lie. */
export type InputForm = { per: 'example' } | { per: 'iterate' } | { per: 'batch' } | { per: 'token'; side: number };

export function formOf(key: string): InputForm {
  const side = PER_TOKEN[key];
  if (side !== undefined) return { per: 'token', side };
  const source = SOURCE_OF_INPUT[key as LossInput] as LossNeed | 'policy' | undefined;
  if (source === 'history') return { per: 'iterate' };
  return { per: source && PER_BATCH.includes(source) ? 'batch' : 'example' };
}

/** The inputs of a loss that the caller of a trainer supplies: what is computed from the batch is not among them. */
export function extraInputs(loss: LossEntry): string[] {
  return loss.inputs.filter((key) => !(key in COMPUTED) && SOURCE_OF_INPUT[key as LossInput] !== 'policy');
}

/** Completions of an example that a loss reads: 2 of a pair, 1 of a single response. */
export function completionsOf(loss: LossEntry): number {
  return 1 + Math.max(0, ...loss.inputs.map((key) => COMPUTED[key]?.side ?? 0));
}

/** Shape of an input that follows from the policy and the batch; undefined for others. */
export function computedShape(key: string, examples: number, tokens: number): number[] | undefined {
  const from = COMPUTED[key]?.from;
  if (from === undefined) return undefined;
  return from === 'sums' || from === 'lengths' ? [examples] : [examples, tokens];
}

/** Whether a loss reads sums of squared probabilities. */
export function readsSquares(loss: LossEntry): boolean {
  return loss.inputs.some((key) => COMPUTED[key]?.from === 'squares');
}

/** Inputs of the policy that a trainer never holds, such as logits of the whole vocabulary. */
export function unavailableInputs(loss: LossEntry): string[] {
  return loss.inputs.filter((key) => key.endsWith('Logits'));
}

/** The inputs of a loss that follow from the policy and the batch. */
export function computedInputs(
  loss: LossEntry,
  { logProbs, mask, squares }: CompletionOutputs & { mask: tf.Tensor },
): Readonly<Record<string, tf.Tensor>> {
  const slots = logProbs.shape[0] / completionsOf(loss);
  const ofSide = (values: tf.Tensor, side: number): tf.Tensor => tf.slice(values, side * slots, slots);
  const make = {
    sums: (side: number) => tf.sum(ofSide(logProbs, side), -1),
    tokens: (side: number) => ofSide(logProbs, side),
    mask: (side: number) => ofSide(mask, side),
    lengths: (side: number) => tf.sum(ofSide(mask, side), -1),
    squares: (side: number) => ofSide(squares!, side),
  };
  return Object.fromEntries(
    loss.inputs.flatMap((key) => {
      const computed = COMPUTED[key];
      return computed ? [[key, make[computed.from](computed.side)]] : [];
    }),
  );
}

/**
 * What the caller supplied, as tensors for the examples of one computation.
 *
 * @param rows which example of the batch each slot holds
 * @param mask [sides, slots, L], where the counted tokens of each sequence stand
 */
export function extraTensors(
  extra: ExtraInputs,
  rows: readonly number[],
  mask: Float32Array,
  sides: number,
): Record<string, tf.Tensor> {
  const length = mask.length / (sides * rows.length);
  return Object.fromEntries(
    Object.entries(extra).map(([key, values]) => {
      const form = formOf(key);
      if (form.per === 'batch') return [key, tf.scalar(values[0] as number)];
      if (form.per === 'example') return [key, tf.tensor1d(Float32Array.from(rows, (row) => values[row] as number))];
      const lists = rows.map((row) => values[row] as Float32Array);
      if (form.per === 'token') return [key, tokenTable(lists, mask, form.side * rows.length, length)];
      const iterates = Array.from(lists[0]!, (_, h) => lists.map((list) => list[h]!));
      return [key, tf.tensor2d(iterates)];
    }),
  );
}

/** Lists of numbers, laid where the masks of the sequences from `first` on are 1: [lists, length]. */
function tokenTable(lists: readonly Float32Array[], mask: Float32Array, first: number, length: number): tf.Tensor2D {
  const values = new Float32Array(lists.length * length);
  lists.forEach((list, row) => {
    let next = 0;
    for (let t = 0; t < length; t++) {
      if (mask[(first + row) * length + t] === 1) values[row * length + t] = list[next++]!;
    }
  });
  return tf.tensor2d(values, [lists.length, length]);
}
