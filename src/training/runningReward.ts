import * as tf from '@tensorflow/tfjs-core';

import { createParameter, type Parameter } from '../engine/index.ts';
import type { ExtraInputs } from './lossInputs.ts';

/** The mean reward of all batches so far, which a loss with the need `runningReward` compares with. */
export interface RunningReward {
  /** The mean, for checkpoints. */
  readonly state: ReadonlyMap<string, Parameter>;
  /**
   * Inputs of a step, counted from 1: the mean before it, and this batch's share of the mean after it. Infinity for a batch
   * that has none, as in evaluation.
   */
  inputs(step: number): Promise<ExtraInputs>;
  /** Takes in the rewards of a step, by TRL's names. */
  update(step: number, values: Readonly<Record<string, number>>): Promise<void>;
  dispose(): void;
}

/**
 * Starts at 0, and weighs every batch alike: d_n = d_(n-1) + (r_n - d_(n-1)) / n, as TRL's `RunningMoments` for batches of one
 * size.
 *
 * @see huggingface/trl@v0.23.0 `dpo_loss`, "bco_pair"
 */
export function createRunningReward(): RunningReward {
  const zero = tf.zeros([1]);
  const mean = createParameter(zero, 'running_reward');
  zero.dispose();
  const present = async (): Promise<number> => {
    const value = mean.read();
    const [number] = await value.data();
    value.dispose();
    return number!;
  };
  return {
    state: new Map([[mean.name, mean]]),
    inputs: async (step) => ({ delta: Float32Array.of(await present()), batchShare: Float32Array.of(1 / step) }),
    update: async (step, values) => {
      const before = await present();
      const reward = (values['rewards/chosen']! + values['rewards/rejected']!) / 2;
      const next = tf.tensor1d([before + (reward - before) / step]);
      mean.assign(next);
      next.dispose();
    },
    dispose: () => mean.dispose(),
  };
}
