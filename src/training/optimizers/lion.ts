import * as tf from '@tensorflow/tfjs-core';

import type { Parameter } from '../../engine/index.ts';
import { checkBelowOne, checkNotNegative } from './checks.ts';
import type { Optimizer, WeightDecay } from './optimizer.ts';
import { optimizeBy } from './updateRule.ts';

export interface LionOptions extends WeightDecay {
  /** Share of the momentum in the direction of a step. Default 0.9. */
  beta1?: number;
  /** Share of the momentum that a step keeps. Default 0.99. */
  beta2?: number;
}

/**
 * Lion, which moves each weight by the learning rate along a sign, with decoupled weight decay:
 *
 *   w <- w (1 - lr * decay) - lr * sign(b1 m + (1 - b1) g);   m <- b2 m + (1 - b2) g
 *
 * The paper advises a learning rate three to ten times smaller than AdamW's, and a decay larger by as much.
 *
 * State: `<weight>.m`, as large as the weight.
 *
 * @throws {RangeError} when a beta is not in [0, 1), or the decay is negative or not finite
 * @see Chen et al. 2023, arXiv:2302.06675, Algorithm 2; lucidrains/lion-pytorch computes the same; golden:
 *   test/golden/optimizers.json
 */
export function createLion(parameters: ReadonlyMap<string, Parameter>, options: LionOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = options;
  checkBelowOne('createLion', { beta1, beta2 });
  checkNotNegative('createLion', { weightDecay });
  return optimizeBy(
    {
      stateShapes: (shape) => ({ m: shape }),
      begin:
        (_step, learningRate) =>
        ({ weight, gradient, state, decay }) => {
          const direction = tf.sign(tf.add(tf.mul(state['m']!, beta1), tf.mul(gradient, 1 - beta1)));
          const m = tf.add(tf.mul(state['m']!, beta2), tf.mul(gradient, 1 - beta2));
          const kept = tf.mul(weight, tf.sub(1, tf.mul(learningRate, decay)));
          return { weight: tf.sub(kept, tf.mul(direction, learningRate)), state: { m } };
        },
    },
    parameters,
    options,
  );
}
