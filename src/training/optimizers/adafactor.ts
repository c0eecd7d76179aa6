import * as tf from '@tensorflow/tfjs-core';

import type { Parameter } from '../../engine/index.ts';
import { checkNotNegative } from './checks.ts';
import type { Optimizer, WeightDecay } from './optimizer.ts';
import { optimizeBy } from './updateRule.ts';

export interface AdafactorOptions extends WeightDecay {
  /** Added to each squared gradient. Default 1e-30. */
  epsilon?: number;
  /** Largest root mean square of a weight's change before the learning rate. Default 1. */
  clipThreshold?: number;
  /** The mean square keeps 1 - t^decayRate at step t. Default -0.8. */
  decayRate?: number;
  /**
   * Whether the learning rate is relative to the root mean square of each weight (or `scaleFloor` if that is larger).
   * Default false.
   */
  scaleParameter?: boolean;
  /** Default 1e-3. */
  scaleFloor?: number;
}

/**
 * Adafactor, which keeps a row and a column of mean squares for a matrix:
 *
 *   b = 1 - t^decayRate;   s = g^2 + epsilon
 *   R <- b R + (1 - b) mean_columns(s);   C <- b C + (1 - b) mean_rows(s);   V = R C / mean(R)    (vectors: V itself)
 *   u = g / sqrt(V);   u <- u / max(1, rms(u) / clipThreshold);   lr' = lr * (scaleParameter ? max(scaleFloor, rms(w)) : 1)
 *   w <- w (1 - lr' * decay) - lr' * u
 *
 * It is transformers.optimization.Adafactor with `beta1=None`; the defaults are those of its Trainer, which gives the
 * learning rate from outside (`scale_parameter=False, relative_step=False`). For `relative_step=True` call it with
 * `scaleParameter` and the learning rate min(0.01, 1 / sqrt(t)), or min(1e-6 t, 1 / sqrt(t)) for `warmup_init=True`.
 *
 * The paper's Algorithm 4 sums rows and columns where this takes means, which is the same V. torch.optim.Adafactor
 * differs: it always scales by the weight, never takes a rate above 1 / sqrt(t), bounds V from below instead of adding
 * epsilon, and decays by the unscaled rate.
 *
 * State: `<weight>.row` and `<weight>.column` for matrices, together one row and one column; `<weight>.square` for
 * vectors, as large as the vector.
 *
 * @throws {RangeError} when a number is negative or not finite, `decayRate` is not below 0, or `clipThreshold` is 0
 * @see Shazeer and Stern 2018, arXiv:1804.04235, Algorithms 4 and 5; transformers 5.18; golden:
 *   test/golden/optimizers.json
 */
export function createAdafactor(parameters: ReadonlyMap<string, Parameter>, options: AdafactorOptions = {}): Optimizer {
  const { epsilon = 1e-30, clipThreshold = 1, decayRate = -0.8, weightDecay = 0 } = options;
  const { scaleParameter = false, scaleFloor = 1e-3 } = options;
  checkNotNegative('createAdafactor', { epsilon, clipThreshold, scaleFloor, weightDecay });
  if (clipThreshold === 0) {
    throw new RangeError('createAdafactor: clipThreshold must be above 0, got 0. With 0, no weight would move.');
  }
  if (!(decayRate < 0 && Number.isFinite(decayRate))) {
    throw new RangeError(`createAdafactor: decayRate must be a number below 0, got ${decayRate}. The paper has -0.8.`);
  }
  return optimizeBy(
    {
      stateShapes: (shape) =>
        shape.length > 1
          ? { row: shape.slice(0, -1), column: [...shape.slice(0, -2), ...shape.slice(-1)] }
          : { square: shape },
      begin: (step, learningRate) => {
        // 1 - t^r as -expm1(r log t), which keeps its digits while it is small.
        const exponent = tf.mul(tf.log(step), decayRate);
        const [old, fresh] = [tf.neg(tf.expm1(exponent)), tf.exp(exponent)];
        const blend = (kept: tf.Tensor, value: tf.Tensor): tf.Tensor => tf.add(tf.mul(kept, old), tf.mul(value, fresh));
        return ({ weight, gradient, state, decay }) => {
          const squares = tf.add(tf.square(gradient), epsilon);
          const next: Record<string, tf.Tensor> =
            weight.rank > 1
              ? {
                  row: blend(state['row']!, tf.mean(squares, -1)),
                  column: blend(state['column']!, tf.mean(squares, -2)),
                }
              : { square: blend(state['square']!, squares) };
          const inverseRoot =
            weight.rank > 1 ? factoredInverseRoot(next['row']!, next['column']!) : tf.rsqrt(next['square']!);
          const raw = tf.mul(gradient, inverseRoot);
          const update = tf.div(raw, tf.maximum(tf.div(rootMeanSquare(raw), clipThreshold), 1));
          const rate = scaleParameter
            ? tf.mul(learningRate, tf.maximum(rootMeanSquare(weight), scaleFloor))
            : learningRate;
          const kept = tf.mul(weight, tf.sub(1, tf.mul(rate, decay)));
          return { weight: tf.sub(kept, tf.mul(update, rate)), state: next };
        };
      },
    },
    parameters,
    options,
  );
}

/** 1 / sqrt(R C / mean(R)), a root at a time: the product R C would leave float32's range. */
function factoredInverseRoot(row: tf.Tensor, column: tf.Tensor): tf.Tensor {
  const relative = tf.div(row, tf.mean(row, -1, true));
  return tf.mul(tf.expandDims(tf.rsqrt(relative), -1), tf.expandDims(tf.rsqrt(column), -2));
}

const rootMeanSquare = (tensor: tf.Tensor): tf.Tensor => tf.sqrt(tf.mean(tf.square(tensor)));
