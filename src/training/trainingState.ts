import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Parameter } from '../engine/index.ts';
import { loadParameters, saveParameters, trainableParameters, type Policy } from '../models/index.ts';
import type { BestWeights } from './bestWeights.ts';
import type { Ema } from './ema.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import type { RunningReward } from './runningReward.ts';

/** What a training stage changes. A trainer has it all. */
export interface Trained {
  policy: Policy;
  optimizer: Optimizer;
  ema?: Ema | undefined;
  running?: RunningReward | undefined;
  best?: BestWeights | undefined;
}

/**
 * A checkpoint inside a training stage is one file, `step-<n>.safetensors`, with the trained weights, the optimizer's
 * state and running averages. The order of the data and the random numbers follow from the step.
 */
const NAME = /^step-(\d+)\.safetensors$/;

function allParameters({ policy, optimizer, ema, running, best }: Trained): Map<string, Parameter> {
  const others = [optimizer, ema, running, best].flatMap((part) => [...(part?.state ?? [])]);
  return new Map([...trainableParameters(policy), ...others]);
}

/** Saves a checkpoint; older ones go only after it is complete. */
export async function saveTrainingState(folder: string, step: number, trained: Trained): Promise<void> {
  const name = `step-${step}.safetensors`;
  await saveParameters(allParameters(trained), join(folder, name));
  for (const old of await readdir(folder)) if (NAME.test(old) && old !== name) await rm(join(folder, old));
}

/** Loads the newest checkpoint; returns its step, or 0 when there is none. */
export async function latestTrainingState(folder: string, trained: Trained): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const steps = names.flatMap((name) => {
    const found = NAME.exec(name);
    return found ? [Number(found[1])] : [];
  });
  if (steps.length === 0) return 0;
  const step = Math.max(...steps);
  await loadParameters(allParameters(trained), join(folder, `step-${step}.safetensors`));
  return step;
}
