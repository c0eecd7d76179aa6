import * as tf from '@tensorflow/tfjs-core';

import { fusedOperation } from '../../engine/index.ts';
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
  const norm = rmsNormOf(epsilon, plusOne);
  return {
    weights: [{ name: weight, shape: [size], initial: plusOne ? 'zeros' : 'ones' }],
    apply: (x, weights) => norm([x, weights[weight]!], []),
  };
}

type RmsNorm = ReturnType<typeof fusedOperation<[]>>;
const rmsNorms = new Map<string, RmsNorm>();

/** 1 / sqrt(mean of x^2 + epsilon) over the last axis. */
function rootOf(x: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
}

/** One for all layers that norm alike, so that it is compiled once. */
function rmsNormOf(epsilon: number, plusOne: boolean): RmsNorm {
  const key = `${epsilon} ${plusOne}`;
  const known =
    rmsNorms.get(key) ??
    fusedOperation<[]>(
      'rmsNorm',
      ([x, weight]) => tf.mul(tf.mul(x!, rootOf(x!, epsilon)), plusOne ? tf.add(weight!, 1) : weight!),
      (upstream, [x, weight]) => {
        // y = r w x with r = 1 / root: dx = r (w dy - r^2 x mean(w dy x)), dw = sum of r x dy over all but the last axis.
        const root = rootOf(x!, epsilon);
        const scaled = tf.mul(upstream, plusOne ? tf.add(weight!, 1) : weight!);
        const along = tf.mul(tf.mean(tf.mul(scaled, x!), -1, true), tf.square(root));
        const inner = tf.mul(root, tf.sub(scaled, tf.mul(x!, along)));
        const axes = x!.shape.slice(0, -1).map((_, axis) => axis);
        return [inner, tf.sum(tf.mul(upstream, tf.mul(x!, root)), axes)];
      },
    );
  rmsNorms.set(key, known);
  return known;
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
