import type * as tf from '@tensorflow/tfjs-core';

import type { Weights } from './layers/weights.ts';
import type { Policy } from './policy.ts';

/** What a comparison model reads: an answer in its conversation. */
export interface ComparedText {
  ids: readonly number[];
}

/** Texts as tensors, by name. */
export type TextTensors = Readonly<Record<string, tf.Tensor>>;

/** A model that says how likely one text is better than another, as its training needs it. */
export interface ComparisonModel<Text extends ComparedText, B extends TextTensors> {
  /** The decoder with its head, whose weights are trained and saved. */
  readonly model: Policy;
  /** Pads texts into tensors of one row each. */
  tensorsOf(texts: readonly Text[]): B;
  /**
   * @param weights of `model`, by name
   * @param texts the first answers of B comparisons, then the second ones
   * @returns the logits that the first beats the second, [B], and the scores of all texts, [2B], where they have one
   */
  compare(weights: Weights, texts: B): { logits: tf.Tensor1D; scores?: tf.Tensor1D };
}
