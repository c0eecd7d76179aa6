import * as tf from '@tensorflow/tfjs-core';

import type { Parameter } from '../../engine/index.ts';
import { checkBelowOne, checkNotNegative } from './checks.ts';
import type { Optimizer, WeightDecay } from './optimizer.ts';
import { optimizeBy } from './updateRule.ts';

export interface SgdOptions extends WeightDecay {
  /** Share of the last change that a step repeats. Default 0: none, and no memory for it. */
  momentum?: number;
  /** Looks ahead along the momentum, which must be above 0. Default false. */
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent as torch.optim.SGD computes it (without dampening), with coupled weight decay:
 *
 *   g <- g + decay * w;  b <- momentum b + g;  w <- w - lr * b            (nesterov: w <- w - lr * (g + momentum b))
 *
 * Its step follows the scale of the loss: squared losses with large targets (SPPO) need another optimizer.
 *
 * State: with momentum `<weight>.momentum`, as large as the weight; without, none.
 *
 * @throws {RangeError} when momentum is not in [0, 1), the decay is negative or not finite, or nesterov has no momentum
 * @see Sutskever et al. 2013, section 2, with the learning rate outside of the momentum as torch has it; golden:
 *   test/golden/optimizers.json
 */
export function createSgd(parameters: ReadonlyMap<string, Parameter>, options: SgdOptions = {}): Optimizer {
  const { momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkBelowOne('createSgd', { momentum });
  checkNotNegative('createSgd', { weightDecay });
  if (nesterov && momentum === 0) {
    throw new RangeError('createSgd: nesterov needs a momentum above 0, got 0. Set momentum, 0.9 for example.');
  }
  return optimizeBy(
    {
      stateShapes: (shape) => (momentum > 0 ? { momentum: shape } : {}),
      begin:
        (_step, learningRate) =>
        ({ weight, gradient, state, decay }) => {
          const pull = decay > 0 ? tf.add(gradient, tf.mul(weight, decay)) : gradient;
          if (momentum === 0) return { weight: tf.sub(weight, tf.mul(pull, learningRate)), state: {} };
          const kept = tf.add(tf.mul(state['momentum']!, momentum), pull);
          const change = nesterov ? tf.add(pull, tf.mul(kept, momentum)) : kept;
          return { weight: tf.sub(weight, tf.mul(change, learningRate)), state: { momentum: kept } };
        },
    },
    parameters,
    options,
  );
}
