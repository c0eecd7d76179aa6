import * as tf from '@tensorflow/tfjs-core';

import { sliceAt } from '../engine/index.ts';

/** Of one cache, the keys or the values of one layer: [rows, keyValueHeads, slots, headSize]. */
export interface PlaceInputs {
  /** Rows that may go on; an empty list at the start. */
  old: tf.Tensor[];
  /** Prefilled prompts; an empty list when no row is new. */
  fresh: tf.Tensor[];
  /** For each of the R rows the old row that it goes on from, [R] int32; an empty list when all stay where they are. */
  oldRow: tf.Tensor1D[];
  /** For each of the R rows the prompt that it starts from, [R] int32; any for rows that go on. */
  prompt: tf.Tensor1D;
  /** 1 for rows that are new, [R] int32. */
  isFresh: tf.Tensor1D;
  /** Slots by which rows that go on move to the left, scalar int32; negative to the right. */
  oldShift: tf.Tensor;
  /** The same for prompts. */
  freshShift: tf.Tensor;
  [name: string]: tf.Tensor | tf.Tensor[];
}

/**
 * A cache of `length` slots in which all rows, old and new, end at the same slot, so that a step writes one slot for all of
 * them. What moves out on the left was padding.
 *
 * One cache, as shapes often change: a function for those of all layers takes several times as long to compile.
 */
export function placeRows(inputs: PlaceInputs, length: number): tf.Tensor {
  const { prompt, isFresh, oldShift, freshShift } = inputs;
  const [old, fresh, oldRow] = [inputs.old[0], inputs.fresh[0], inputs.oldRow[0]];
  const goingOn = old && moved(oldRow ? tf.gather(old, oldRow, 0) : old, oldShift, length);
  const started = fresh && moved(tf.gather(fresh, prompt, 0), freshShift, length);
  if (!goingOn || !started) return (goingOn ?? started)!;
  return tf.where(tf.cast(tf.reshape(isFresh, [-1, 1, 1, 1]), 'bool'), started, goingOn);
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
