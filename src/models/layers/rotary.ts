import * as tf from '@tensorflow/tfjs-core';

import { fusedOperation } from '../../engine/index.ts';

/** Rotary positions: which share of each head is turned, and how fast. */
export interface Rotary {
  /** Numbers of each head that are turned, even; the rest of the head stays. */
  size: number;
  /** Angle per position of each pair, [size / 2]. */
  frequencies: Float32Array;
  /** Cosines and sines are multiplied by it (YaRN); else 1. */
  attentionFactor: number;
}

/** Cosines and sines of the positions in use, broadcastable to [B, heads, T, size / 2]. */
export interface RotaryAngles {
  cos: tf.Tensor;
  sin: tf.Tensor;
}

/** Cosines and sines for positions 0 to `length` - 1, each [length, size / 2], as plain numbers. */
export function rotaryTable(rotary: Rotary, length: number): { cos: Float32Array; sin: Float32Array } {
  const { frequencies, attentionFactor } = rotary;
  const half = frequencies.length;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      // transformers multiplies in float32; so do we, to agree at long distances.
      const angle = Math.fround(position * frequencies[i]!);
      cos[position * half + i] = Math.cos(angle) * attentionFactor;
      sin[position * half + i] = Math.sin(angle) * attentionFactor;
    }
  }
  return { cos, sin };
}

/**
 * Turns the first `2 * angles` numbers of each head, in the "rotate half" order of transformers.
 *
 * @param x [B, heads, T, headSize]
 * @see Su et al. 2021, arXiv:2104.09864, Eq. (34)
 */
export function applyRotary(x: tf.Tensor4D, { cos, sin }: RotaryAngles): tf.Tensor4D {
  return turn([x], [cos, sin]) as tf.Tensor4D;
}

const turn = fusedOperation<[cos: tf.Tensor, sin: tf.Tensor]>('rotary', ([heads], [cos, sin]) =>
  turned(heads as tf.Tensor4D, cos, sin),
);

function turned(x: tf.Tensor4D, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor4D {
  const [batch, heads, length, headSize] = x.shape;
  const half = cos.shape.at(-1)!;
  const part = (start: number, size: number): tf.Tensor4D =>
    tf.slice(x, [0, 0, 0, start], [batch, heads, length, size]);
  const first = part(0, half);
  const second = part(half, half);
  const halves = [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))];
  const rest = headSize > 2 * half ? [part(2 * half, headSize - 2 * half)] : [];
  return tf.concat([...halves, ...rest] as tf.Tensor4D[], 3);
}
