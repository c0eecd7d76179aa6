import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Parameter } from '../engine/index.ts';
import { loadParameters, saveParameters, type Policy } from '../models/index.ts';
import type { Optimizer } from '../training/index.ts';

/**
 * A checkpoint inside a training stage is one file, `step-<n>.safetensors`, with weights and the optimizer's state. The order of
 * the data and the random numbers follow from the step.
 */
const NAME = /^step-(\d+)\.safetensors$/;

function allParameters(policy: Policy, optimizer: Optimizer): Map<string, Parameter> {
  return new Map([...policy.parameters, ...optimizer.state]);
}

/** Saves a checkpoint; older ones go only after it is complete. */
export async function saveTrainingState(
  folder: string,
  step: number,
  policy: Policy,
  optimizer: Optimizer,
): Promise<void> {
  const name = `step-${step}.safetensors`;
  await saveParameters(allParameters(policy, optimizer), join(folder, name));
  for (const old of await readdir(folder)) if (NAME.test(old) && old !== name) await rm(join(folder, old));
}

/** Loads the newest checkpoint into policy and optimizer; returns its step, or 0 when there is none. */
export async function latestTrainingState(folder: string, policy: Policy, optimizer: Optimizer): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const steps = names.flatMap((name) => Number(NAME.exec(name)?.[1] ?? []));
  if (steps.length === 0) return 0;
  const step = Math.max(...steps);
  await loadParameters(allParameters(policy, optimizer), join(folder, `step-${step}.safetensors`));
  return step;
}
