import * as tf from '@tensorflow/tfjs-core';

import { MASKED, windowsOf, type DecoderConfig } from '../models/index.ts';

/** What each layer may look at, by its window. */
export type SlotMasks = ReadonlyMap<number | null, tf.Tensor>;

/**
 * Masks for queries over cached slots, one for each window that the model's layers have.
 *
 * @param queries slots of the queries, [T, 1] or a scalar, int32
 * @param length slots of the cache, S
 * @param padding unused slots in front of each row, [B] int32
 * @returns [B, 1, 1, T, S], to be added to the scores
 */
export function slotMasks(config: DecoderConfig, queries: tf.Tensor, length: number, padding: tf.Tensor): SlotMasks {
  const slots = tf.reshape(tf.range(0, length, 1, 'int32'), [1, length]);
  const distance = tf.sub(tf.reshape(queries, [-1, 1]), slots);
  const real = tf.greaterEqual(slots, tf.reshape(padding, [-1, 1, 1, 1, 1]));
  const past = tf.greaterEqual(distance, tf.scalar(0, 'int32'));
  const maskFor = (window: number | null): tf.Tensor => {
    const near = window === null ? past : tf.logicalAnd(past, tf.less(distance, tf.scalar(window, 'int32')));
    return tf.where(tf.logicalAnd(near, real), tf.scalar(0), tf.scalar(MASKED));
  };
  return new Map(windowsOf(config).map((window) => [window, maskFor(window)]));
}
