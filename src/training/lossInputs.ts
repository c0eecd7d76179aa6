import * as tf from '@tensorflow/tfjs-core';

import { SOURCE_OF_INPUT, type LossEntry, type LossInput } from '../../losses/index.ts';

/** What a trainer computes for a loss, and from which completion of an example. */
type Computed = { from: 'sums' | 'tokens' | 'mask' | 'lengths'; side: number };

const COMPUTED: Readonly<Record<string, Computed>> = {
  policyChosenLogps: { from: 'sums', side: 0 },
  policyRejectedLogps: { from: 'sums', side: 1 },
  chosenLengths: { from: 'lengths', side: 0 },
  rejectedLengths: { from: 'lengths', side: 1 },
};

/** Log-probabilities of the counted tokens of S sequences, and which they are: [S, L] each. */
export interface CompletionLogProbs {
  logProbs: tf.Tensor;
  mask: tf.Tensor;
}

/** The inputs of a loss that the caller of a trainer supplies: what is computed from the batch is not among them. */
export function extraInputs(loss: LossEntry): string[] {
  return loss.inputs.filter((key) => !(key in COMPUTED) && !(SOURCE_OF_INPUT[key as LossInput] === 'policy'));
}

/** Completions of an example that a loss reads: 2 of a pair, 1 of a single response. */
export function completionsOf(loss: LossEntry): number {
  return 1 + Math.max(0, ...loss.inputs.map((key) => COMPUTED[key]?.side ?? 0));
}

/** The inputs of a loss that follow from the policy and the batch. */
export function computedInputs(
  loss: LossEntry,
  { logProbs, mask }: CompletionLogProbs,
): Readonly<Record<string, tf.Tensor>> {
  const slots = logProbs.shape[0] / completionsOf(loss);
  const ofSide = (values: tf.Tensor, side: number): tf.Tensor => tf.slice(values, side * slots, slots);
  const make = {
    sums: (side: number) => tf.sum(ofSide(logProbs, side), -1),
    tokens: (side: number) => ofSide(logProbs, side),
    mask: (side: number) => ofSide(mask, side),
    lengths: (side: number) => tf.sum(ofSide(mask, side), -1),
  };
  return Object.fromEntries(
    loss.inputs.flatMap((key) => {
      const computed = COMPUTED[key];
      return computed ? [[key, make[computed.from](computed.side)]] : [];
    }),
  );
}
