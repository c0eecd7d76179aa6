import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import { createParameter, type Parameter } from '../engine/index.ts';
import { loadParameters, saveParameters } from '../models/index.ts';

/** The weights with the lowest loss so far, in a file `best-<step>.safetensors`. */
export interface BestWeights {
  /** Step and loss of the best, for checkpoints. */
  readonly state: ReadonlyMap<string, Parameter>;
  /** The step they are from; 0 when there are none. */
  step(): Promise<number>;
  /** Saves the present weights if their loss is the lowest so far. */
  offer(step: number, loss: number): Promise<void>;
  /** Removes former bests; call it when a checkpoint that knows the present one is on disk. */
  removeFormer(): Promise<void>;
  /** Puts the best weights in place of the present ones. */
  restore(): Promise<void>;
  dispose(): void;
}

const NAME = /^best-\d+\.safetensors$/;
const fileOf = (step: number): string => `best-${step}.safetensors`;

/** @param folder that of the checkpoints */
export function createBestWeights(weights: ReadonlyMap<string, Parameter>, folder: string): BestWeights {
  const none = tf.tensor1d([0, Infinity]);
  const best = createParameter(none, 'best_weights');
  none.dispose();
  const present = async (): Promise<[step: number, loss: number]> => {
    const value = best.read();
    const [step, loss] = await value.data();
    value.dispose();
    return [step!, loss!];
  };
  return {
    state: new Map([[best.name, best]]),
    step: async () => (await present())[0],
    offer: async (step, loss) => {
      // As the state holds it, so that a resumed run decides alike.
      if (!(Math.fround(loss) < (await present())[1])) return;
      await saveParameters(weights, join(folder, fileOf(step)));
      const next = tf.tensor1d([step, loss]);
      best.assign(next);
      next.dispose();
    },
    removeFormer: async () => {
      const [step] = await present();
      for (const name of await readdir(folder)) {
        if (NAME.test(name) && name !== fileOf(step)) await rm(join(folder, name));
      }
    },
    restore: async () => loadParameters(weights, join(folder, fileOf((await present())[0]))),
    dispose: () => best.dispose(),
  };
}
