import * as tf from '@tensorflow/tfjs-core';

import { sliceAt } from '../engine/index.ts';
import type { Caches } from './prefill.ts';

export interface PlaceInputs {
  /** Rows that go on, R of them; without keys and values at the start. */
  old: Caches;
  /** Prefilled prompts; without keys and values when no row is new. */
  fresh: Caches;
  /** For each of the R rows the prompt that it starts from, [R] int32; any for those that go on. */
  source: tf.Tensor1D;
  /** 1 for rows that are new, [R] int32. */
  isFresh: tf.Tensor1D;
  /** Slots by which rows that go on move to the left, scalar int32; negative to the right. */
  oldShift: tf.Tensor;
  /** The same for prompts. */
  freshShift: tf.Tensor;
  [name: string]: Caches | tf.Tensor;
}

/**
 * Caches of `length` slots in which all rows, old and new, end at the same slot, so that a step writes one slot for all of
 * them. What moves out on the left was padding.
 */
export function placeRows(inputs: PlaceInputs, length: number): Caches {
  const { old, fresh, source, isFresh, oldShift, freshShift } = inputs;
  const chosen = tf.cast(tf.reshape(isFresh, [-1, 1, 1, 1]), 'bool');
  const place = (going: tf.Tensor | undefined, prompts: tf.Tensor | undefined): tf.Tensor => {
    const kept = going && moved(going, oldShift, length);
    const started = prompts && moved(tf.gather(prompts, source, 0), freshShift, length);
    return kept && started ? tf.where(chosen, started, kept) : (kept ?? started)!;
  };
  const layers = Math.max(old.keys.length, fresh.keys.length);
  const each = (name: 'keys' | 'values'): tf.Tensor[] =>
    Array.from({ length: layers }, (_, i) => place(old[name][i], fresh[name][i]));
  return { keys: each('keys'), values: each('values') };
}

/** Slot j of the result is slot j + shift of `cache`, 0 where there is none. */
function moved(cache: tf.Tensor, shift: tf.Tensor, length: number): tf.Tensor {
  const around = tf.pad(cache, [
    [0, 0],
    [0, 0],
    [length, length],
    [0, 0],
  ]);
  return sliceAt(around, 2, tf.add(shift, tf.scalar(length, 'int32')), length);
}
