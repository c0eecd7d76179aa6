import * as tf from '@tensorflow/tfjs-core';

import type { Compiled } from '../engine/index.ts';
import type { JudgeOptions } from './judge.ts';
import { lengthBatches, type LengthBatch } from './lengthBatches.ts';
import { runBatches } from './runBatches.ts';

/** Tokens computed together. */
const BATCH_TOKENS = 8192;

/** Texts as a decoder takes them: ids [B, T] int32, and the place of each row that is read, [B] int32. */
export interface TextTensors {
  ids: tf.Tensor2D;
  last: tf.Tensor1D;
  [name: string]: tf.Tensor;
}

/** Token ids and the place that is read. */
export interface TokenText {
  ids: readonly number[];
  last: number;
}

/** Pads texts on the right, with 0, which nothing to its left sees; rows without a text repeat the first one. */
export function textTensors(texts: readonly TokenText[], { rows, size, length }: LengthBatch): TextTensors {
  const chosen = Array.from({ length: size }, (_, i) => texts[rows[i] ?? rows[0]!]!);
  const ids = new Int32Array(size * length);
  for (const [row, text] of chosen.entries()) ids.set(text.ids, row * length);
  const last = Int32Array.from(chosen, (text) => text.last);
  return { ids: tf.tensor2d(ids, [size, length], 'int32'), last: tf.tensor1d(last, 'int32') };
}

/**
 * Runs a compiled function over texts in batches by length.
 *
 * @param run gives the same number of values for each row
 * @returns the values of each text
 */
export async function runTexts(
  run: Compiled<[TextTensors], tf.Tensor>,
  texts: readonly TokenText[],
  options: JudgeOptions,
): Promise<Float32Array[]> {
  const lengths = texts.map(({ ids }) => ids.length);
  const runBatch = async (batch: LengthBatch): Promise<Float32Array> => {
    const tensors = textTensors(texts, batch);
    try {
      const result = await run.async(tensors);
      const values = (await result.data()) as Float32Array;
      result.dispose();
      return values;
    } finally {
      tf.dispose(tensors);
    }
  };
  return runBatches(lengthBatches(lengths, BATCH_TOKENS), runBatch, options);
}
