import * as tf from '@tensorflow/tfjs-core';

import type { Parameter } from '../../engine/index.ts';
import { checkBelowOne, checkNotNegative } from './checks.ts';
import type { Optimizer, WeightDecay } from './optimizer.ts';
import { optimizeBy } from './updateRule.ts';

export interface AdamWOptions extends WeightDecay {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  epsilon?: number;
}

/**
 * AdamW as torch.optim.AdamW computes it, with decoupled weight decay:
 *
 *   w <- w (1 - lr * decay);  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2
 *   w <- w - lr * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
 *
 * Algorithm 2 of the paper scales the decay by the schedule alone; torch, and this, by the learning rate.
 *
 * State: `<weight>.m` and `<weight>.v`, as large as the weight each.
 *
 * @throws {RangeError} when a beta is not in [0, 1), or epsilon or the decay is negative or not finite
 * @see Loshchilov and Hutter 2019, arXiv:1711.05101, Algorithm 2; golden: test/golden/optimizers.json
 */
export function createAdamW(parameters: ReadonlyMap<string, Parameter>, options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  checkBelowOne('createAdamW', { beta1, beta2 });
  checkNotNegative('createAdamW', { epsilon, weightDecay });
  return optimizeBy(
    {
      stateShapes: (shape) => ({ m: shape, v: shape }),
      begin: (step, learningRate) => {
        const correction1 = biasCorrection(beta1, step);
        const correction2 = biasCorrection(beta2, step);
        return ({ weight, gradient, state, decay }) => {
          const m = tf.add(tf.mul(state['m']!, beta1), tf.mul(gradient, 1 - beta1));
          const v = tf.add(tf.mul(state['v']!, beta2), tf.mul(tf.square(gradient), 1 - beta2));
          const kept = tf.mul(weight, tf.sub(1, tf.mul(learningRate, decay)));
          const change = tf.div(tf.div(m, correction1), tf.add(tf.sqrt(tf.div(v, correction2)), epsilon));
          return { weight: tf.sub(kept, tf.mul(change, learningRate)), state: { m, v } };
        };
      },
    },
    parameters,
    options,
  );
}

/** 1 - beta^step. Written out in float32, 1 - 0.999 alone would be off by 1e-5. */
function biasCorrection(beta: number, step: tf.Tensor): tf.Tensor {
  return tf.neg(tf.expm1(tf.mul(step, Math.log(beta))));
}
