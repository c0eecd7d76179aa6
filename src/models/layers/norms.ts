import * as tf from '@tensorflow/tfjs-core';

import type { Module, Weights } from './weights.ts';

/** Normalizes the last axis. */
export interface Norm extends Module {
  apply(x: tf.Tensor, weights: Weights): tf.Tensor;
}

/**
 * x / sqrt(mean(x^2) + epsilon) times `<name>.weight`; with `plusOne` times one more than that (Gemma).
 *
 * @see Zhang and Sennrich 2019, arXiv:1910.07467, Eq. (4)
 */
export function rmsNorm(name: string, size: number, epsilon: number, options: { plusOne?: boolean } = {}): Norm {
  const { plusOne = false } = options;
  const weight = `${name}.weight`;
  return {
    weights: [{ name: weight, shape: [size], initial: plusOne ? 'zeros' : 'ones' }],
    apply: (x, weights) => {
      const normed = tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)));
      return tf.mul(normed, plusOne ? tf.add(weights[weight]!, 1) : weights[weight]!);
    },
  };
}

/**
 * (x - mean) / sqrt(variance + epsilon) times `<name>.weight` plus `<name>.bias`.
 *
 * @see Ba et al. 2016, arXiv:1607.06450, Eq. (4)
 */
export function layerNorm(name: string, size: number, epsilon: number): Norm {
  return {
    weights: [
      { name: `${name}.weight`, shape: [size], initial: 'ones' },
      { name: `${name}.bias`, shape: [size], initial: 'zeros' },
    ],
    apply: (x, weights) => {
      const centered = tf.sub(x, tf.mean(x, -1, true));
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
      return tf.add(tf.mul(tf.mul(centered, scale), weights[`${name}.weight`]!), weights[`${name}.bias`]!);
    },
  };
}
