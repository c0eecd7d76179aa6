import * as tf from '@tensorflow/tfjs-core';

import { createParameter, type Parameter } from '../engine/index.ts';

export interface AdamWOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  epsilon?: number;
  /** Decay of matrices; vectors (norm weights) are not decayed. Default 0. */
  weightDecay?: number;
}

/** Weights and both moments of each, updated in place. */
export interface AdamW {
  /** Moments by name (`<weight>.m`, `<weight>.v`), for checkpoints. */
  readonly state: ReadonlyMap<string, Parameter>;
  /**
   * One update, meant to be recorded by `compile`.
   *
   * @param gradients in the order of the parameters
   * @param step scalar, counted from 1
   * @param learningRate scalar
   */
  apply(gradients: readonly tf.Tensor[], step: tf.Tensor, learningRate: tf.Tensor): void;
  /** Sets all moments to zero, for a new stage that counts its steps from 1. */
  reset(): void;
  dispose(): void;
}

/**
 * AdamW as torch.optim.AdamW computes it:
 *
 *   w <- w (1 - lr * decay);  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2
 *   w <- w - lr * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
 *
 * @see Loshchilov and Hutter 2019, arXiv:1711.05101, Algorithm 2
 */
export function createAdamW(parameters: ReadonlyMap<string, Parameter>, options: AdamWOptions = {}): AdamW {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const weights = [...parameters.values()];
  const state = new Map<string, Parameter>();
  for (const { name, shape } of weights) {
    for (const moment of ['m', 'v']) {
      const zeros = tf.zeros([...shape]);
      state.set(`${name}.${moment}`, createParameter(zeros, `${name}.${moment}`));
      zeros.dispose();
    }
  }
  return {
    state,
    apply: (gradients, step, learningRate) => {
      const correction1 = biasCorrection(beta1, step);
      const correction2 = biasCorrection(beta2, step);
      weights.forEach((weight, i) => {
        const gradient = gradients[i]!;
        const first = state.get(`${weight.name}.m`)!;
        const second = state.get(`${weight.name}.v`)!;
        const m = tf.add(tf.mul(first.read(), beta1), tf.mul(gradient, 1 - beta1));
        const v = tf.add(tf.mul(second.read(), beta2), tf.mul(tf.square(gradient), 1 - beta2));
        const decay = weight.shape.length > 1 ? weightDecay : 0;
        const kept = tf.mul(weight.read(), tf.sub(1, tf.mul(learningRate, decay)));
        const change = tf.div(tf.div(m, correction1), tf.add(tf.sqrt(tf.div(v, correction2)), epsilon));
        first.assign(m);
        second.assign(v);
        weight.assign(tf.sub(kept, tf.mul(change, learningRate)));
      });
    },
    reset: () => {
      for (const moment of state.values()) {
        const zeros = tf.zeros([...moment.shape]);
        moment.assign(zeros);
        zeros.dispose();
      }
    },
    dispose: () => {
      for (const moment of state.values()) moment.dispose();
    },
  };
}

/** 1 - beta^step. Written out in float32, 1 - 0.999 alone would be off by 1e-5. */
function biasCorrection(beta: number, step: tf.Tensor): tf.Tensor {
  return tf.neg(tf.expm1(tf.mul(step, Math.log(beta))));
}

/**
 * Scales gradients so that their joint norm is at most `limit` (torch.nn.utils.clip_grad_norm_).
 *
 * @returns the gradients and their norm before clipping
 */
export function clipGlobalNorm(
  gradients: readonly tf.Tensor[],
  limit: number,
): { clipped: tf.Tensor[]; norm: tf.Tensor } {
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  const factor = tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);
  return { clipped: gradients.map((gradient) => tf.mul(gradient, factor)), norm };
}
