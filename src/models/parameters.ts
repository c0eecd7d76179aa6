import * as tf from '@tensorflow/tfjs-core';

import { UserError } from '../base/userError.ts';
import { createParameter, type Parameter } from '../engine/index.ts';
import { readSafetensors, type StoredTensor } from './safetensors.ts';

type Stored = ReadonlyMap<string, StoredTensor>;

/**
 * Makes parameters of stored weights.
 *
 * @param shapes names and shapes that the model needs; further weights are left out
 * @param path where the weights come from, for errors
 * @throws {UserError} naming every weight that is missing, of another shape, or not finite
 */
export function createParameters(
  shapes: ReadonlyMap<string, readonly number[]>,
  stored: Stored,
  path: string,
): Map<string, Parameter> {
  checkShapes(shapes, stored, path);
  const infinite = [...shapes.keys()].filter((name) => !stored.get(name)!.data.every(Number.isFinite));
  if (infinite.length > 0) {
    throw new UserError(
      'weights.notFinite',
      `${path}: values that are not finite in ${listFirst(infinite)}. Use a checkpoint from before training diverged.`,
    );
  }
  const parameters = new Map<string, Parameter>();
  for (const name of shapes.keys()) {
    const { data, shape } = stored.get(name)!;
    const initial = tf.tensor(data, shape, 'float32');
    parameters.set(name, createParameter(initial, name));
    initial.dispose();
  }
  return parameters;
}

/**
 * Replaces the values of parameters, in place, by those of a safetensors file.
 *
 * @throws {UserError} when the file lacks one of them or has it in another shape; then nothing has changed
 */
export async function loadParameters(parameters: ReadonlyMap<string, Parameter>, path: string): Promise<void> {
  const stored = await readSafetensors(path);
  checkShapes(new Map([...parameters].map(([name, { shape }]) => [name, shape])), stored, path);
  for (const [name, parameter] of parameters) {
    const { data, shape } = stored.get(name)!;
    const value = tf.tensor(data, shape, 'float32');
    parameter.assign(value);
    value.dispose();
  }
}

/** Copies weights out of the engine. */
export async function storedWeights(parameters: ReadonlyMap<string, Parameter>): Promise<Map<string, StoredTensor>> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, parameter] of parameters) {
    const value = parameter.read();
    stored.set(name, { shape: [...parameter.shape], data: (await value.data()) as Float32Array });
    value.dispose();
  }
  return stored;
}

function checkShapes(shapes: ReadonlyMap<string, readonly number[]>, stored: Stored, path: string): void {
  const problems = [...shapes].flatMap(([name, shape]) => {
    const found = stored.get(name);
    if (!found) return [`${name} is missing`];
    if (found.shape.join() === shape.join()) return [];
    return [`${name} has shape [${found.shape.join(', ')}], expected [${shape.join(', ')}]`];
  });
  if (problems.length === 0) return;
  throw new UserError(
    'weights.disagree',
    `${path}: ${listFirst(problems)}. Use the config.json and the weights of one and the same model.`,
  );
}

function listFirst(problems: readonly string[]): string {
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
  return `${problems.slice(0, 5).join('; ')}${more}`;
}
