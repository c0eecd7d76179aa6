import * as tf from '@tensorflow/tfjs-core';

import { createParameter, type Parameter } from '../engine/index.ts';

export interface EmaOptions {
  /** Share of the average that a step keeps, in [0, 1); 0.999 is common. */
  decay: number;
  /** Begin with smaller decays: the lesser of `decay` and (1 + t) / (10 + t) at step t. Default false. */
  warmup?: boolean;
}

/** Running average of weights, in parameters of its own. */
export interface Ema {
  /** The averages by name (`<weight>.ema`), for checkpoints. */
  readonly state: ReadonlyMap<string, Parameter>;
  /**
   * Takes the weights as they are now into the average; meant to be recorded by `compile`, after the optimizer's `apply`.
   *
   * @param step scalar, counted from 1
   */
  update(step: tf.Tensor): void;
  /** Exchanges weights and averages, weight by weight: once to evaluate or save the average, once more to train on. */
  swap(): void;
  /**
   * Copies the averages into other weights, by name: those of a reference policy, say.
   *
   * @throws {RangeError} when `target` lacks a weight
   */
  copyTo(target: ReadonlyMap<string, Parameter>): void;
  /** Sets the averages to the weights as they are now. */
  reset(): void;
  dispose(): void;
}

/**
 * Exponential moving average of weights, which starts at their present values:
 *
 *   a <- d a + (1 - d) w,   d = decay, or min(decay, (1 + t) / (10 + t)) with warm-up
 *
 * As torch.optim.swa_utils has it (`get_ema_multi_avg_fn`, after its first call, which copies); the warm-up is that of
 * tf.train.ExponentialMovingAverage with t as `num_updates`. It takes as much memory as the weights.
 *
 * @throws {RangeError} when decay is not in [0, 1)
 * @see torch.optim.swa_utils; tf.train.ExponentialMovingAverage; golden: test/golden/optimizers.json
 */
export function createEma(parameters: ReadonlyMap<string, Parameter>, options: EmaOptions): Ema {
  const { decay, warmup = false } = options;
  if (!(decay >= 0 && decay < 1)) {
    throw new RangeError(
      `createEma: decay must be a number from 0 to below 1, got ${decay}. Set it to the share of the average that a step keeps.`,
    );
  }
  const state = new Map<string, Parameter>();
  const averages = [...parameters].map(([name, weight]) => {
    const initial = weight.read();
    const average = createParameter(initial, `${weight.name}.ema`);
    initial.dispose();
    state.set(average.name, average);
    return { name, weight, average };
  });
  return {
    state,
    update: (step) => {
      // 1 - d, which float32 must not compute: 1 - 0.999 would be off by 1e-5.
      const share = warmup ? tf.maximum(1 - decay, tf.div(9, tf.add(step, 10))) : tf.scalar(1 - decay);
      for (const { weight, average } of averages) {
        const old = average.read();
        // In this form a weight that does not move leaves its average alone to the last bit.
        average.assign(tf.add(old, tf.mul(tf.sub(weight.read(), old), share)));
      }
    },
    swap: () => {
      for (const { weight, average } of averages) {
        const [w, a] = [weight.read(), average.read()];
        weight.assign(a);
        average.assign(w);
        tf.dispose([w, a]);
      }
    },
    copyTo: (target) => {
      const missing = averages.filter(({ name }) => !target.has(name)).map(({ name }) => name);
      if (missing.length > 0) {
        throw new RangeError(
          `copyTo: the target must have every averaged weight, but lacks ${missing.join(', ')}. Pass a model of the same shape.`,
        );
      }
      for (const { name, average } of averages) copy(average, target.get(name)!);
    },
    reset: () => {
      for (const { weight, average } of averages) copy(weight, average);
    },
    dispose: () => {
      for (const { average } of averages) average.dispose();
    },
  };
}

function copy(from: Parameter, to: Parameter): void {
  const value = from.read();
  to.assign(value);
  value.dispose();
}
