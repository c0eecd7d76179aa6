import * as tf from '@tensorflow/tfjs-core';

import type { Parameter } from '../../engine/index.ts';
import { checkBelowOne, checkNotNegative } from './checks.ts';
import type { Optimizer, WeightDecay } from './optimizer.ts';
import { optimizeBy } from './updateRule.ts';

export interface RmsPropOptions extends WeightDecay {
  /** Share of the mean square that a step keeps. Default 0.99. */
  alpha?: number;
  /** Added to the root. Default 1e-8. */
  epsilon?: number;
  /** Share of the last change that a step repeats. Default 0: none, and no memory for it. */
  momentum?: number;
}

/**
 * RMSprop as torch.optim.RMSprop computes it (not centered): epsilon outside of the root, no correction of the first
 * steps, and weight decay coupled, as a part of the gradient:
 *
 *   g <- g + decay * w;  v <- alpha v + (1 - alpha) g^2;  b <- momentum b + g / (sqrt(v) + epsilon);  w <- w - lr * b
 *
 * The papers on DPO, SPIN and SPPO trained with it. As v starts at zero, the first step changes each weight by
 * lr / sqrt(1 - alpha), ten times the learning rate: warm up.
 *
 * State: `<weight>.square` and, with momentum, `<weight>.momentum`, as large as the weight each.
 *
 * @throws {RangeError} when alpha or momentum is not in [0, 1), or epsilon or the decay is negative or not finite
 * @see Tieleman and Hinton 2012, Neural Networks for Machine Learning, lecture 6.5 (which divides by sqrt(v) alone);
 *   golden: test/golden/optimizers.json
 */
export function createRmsProp(parameters: ReadonlyMap<string, Parameter>, options: RmsPropOptions = {}): Optimizer {
  const { alpha = 0.99, epsilon = 1e-8, momentum = 0, weightDecay = 0 } = options;
  checkBelowOne('createRmsProp', { alpha, momentum });
  checkNotNegative('createRmsProp', { epsilon, weightDecay });
  return optimizeBy(
    {
      stateShapes: (shape) => (momentum > 0 ? { square: shape, momentum: shape } : { square: shape }),
      begin:
        (_step, learningRate) =>
        ({ weight, gradient, state, decay }) => {
          const pull = decay > 0 ? tf.add(gradient, tf.mul(weight, decay)) : gradient;
          const square = tf.add(tf.mul(state['square']!, alpha), tf.mul(tf.square(pull), 1 - alpha));
          const scaled = tf.div(pull, tf.add(tf.sqrt(square), epsilon));
          if (momentum === 0) return { weight: tf.sub(weight, tf.mul(scaled, learningRate)), state: { square } };
          const change = tf.add(tf.mul(state['momentum']!, momentum), scaled);
          return { weight: tf.sub(weight, tf.mul(change, learningRate)), state: { square, momentum: change } };
        },
    },
    parameters,
    options,
  );
}
