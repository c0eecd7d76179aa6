import * as tf from '@tensorflow/tfjs-core';

import { UserError } from '../base/userError.ts';
import { createBfloat16Parameter, createParameter, type Parameter } from '../engine/index.ts';
import { listFirst } from './listFirst.ts';
import { isStoredDtype, writeTensors, type FileDtype, type StoredDtype, type StoredTensor } from './safetensors.ts';
import { openWeights, type WeightFiles } from './weightFiles.ts';

type Shapes = ReadonlyMap<string, readonly number[]>;

/**
 * Makes parameters of weights in memory.
 *
 * @param shapes names and shapes that the model needs; further weights are left out
 * @param path where the weights come from, for errors
 * @throws {UserError} naming every weight that is missing, of another shape, or not finite
 */
export function createParameters(
  shapes: Shapes,
  stored: ReadonlyMap<string, StoredTensor>,
  path: string,
): Map<string, Parameter> {
  checkWeights(shapes, stored, path);
  const infinite = [...shapes.keys()].filter((name) => !isFinite(stored.get(name)!.data));
  if (infinite.length > 0) throw notFinite(new Map([[path, infinite]]));
  const parameters = new Map<string, Parameter>();
  for (const name of shapes.keys()) parameters.set(name, parameterOf(stored.get(name)!, name, false));
  return parameters;
}

/**
 * Makes parameters of weights on disk, one after the other: memory holds the model once, and one tensor besides.
 *
 * @param shapes names and shapes that the model needs; further weights are left out
 * @param options.frozen the parameters keep their values, and those stored in bfloat16 stay so in memory
 * @throws {UserError} naming every weight that is missing, of another shape or type, or not finite
 */
export async function readParameters(
  shapes: Shapes,
  weights: WeightFiles,
  options: { frozen?: boolean } = {},
): Promise<Map<string, Parameter>> {
  const { frozen = false } = options;
  checkWeights(shapes, weights.entries, weights.path);
  const parameters = new Map<string, Parameter>();
  const infinite = new Map<string, string[]>();
  try {
    for (const name of shapes.keys()) {
      const { dtype, file } = weights.entries.get(name)!;
      const parameter =
        frozen && dtype === 'BF16' ? await readBfloat16(weights, name) : await readFloat32(weights, name, frozen);
      if (parameter) parameters.set(name, parameter);
      else infinite.set(file, [...(infinite.get(file) ?? []), name]);
    }
    if (infinite.size > 0) throw notFinite(infinite);
    return parameters;
  } catch (error) {
    for (const parameter of parameters.values()) parameter.dispose();
    throw error;
  }
}

/** Null when values are not finite. */
async function readFloat32(weights: WeightFiles, name: string, frozen: boolean): Promise<Parameter | null> {
  const stored = await weights.read(name);
  return isFinite(stored.data) ? parameterOf(stored, name, frozen) : null;
}

/** Null when values are not finite. */
async function readBfloat16(weights: WeightFiles, name: string): Promise<Parameter | null> {
  const values = new Uint16Array((await weights.readBytes(name)).buffer);
  for (let i = 0; i < values.length; i++) if ((values[i]! & 0x7f80) === 0x7f80) return null;
  return createBfloat16Parameter(values, weights.entries.get(name)!.shape, name);
}

function parameterOf({ data, shape }: StoredTensor, name: string, frozen: boolean): Parameter {
  const initial = tf.tensor(data, shape, 'float32');
  try {
    return createParameter(initial, name, { frozen });
  } finally {
    initial.dispose();
  }
}

/**
 * Replaces the values of parameters, in place, by those of a safetensors file or a model's folder.
 *
 * @throws {UserError} when one of them is missing there or has another shape; then nothing has changed
 */
export async function loadParameters(parameters: ReadonlyMap<string, Parameter>, path: string): Promise<void> {
  const weights = await openWeights(path);
  try {
    checkWeights(new Map([...parameters].map(([name, { shape }]) => [name, shape])), weights.entries, weights.path);
    for (const [name, parameter] of parameters) {
      const { data, shape } = await weights.read(name);
      const value = tf.tensor(data, shape, 'float32');
      try {
        parameter.assign(value);
      } finally {
        value.dispose();
      }
    }
  } finally {
    await weights.close();
  }
}

/** Saves parameters as one safetensors file, which appears whole or not at all, without a copy of them all. */
export async function saveParameters(
  parameters: ReadonlyMap<string, Parameter>,
  path: string,
  dtype: StoredDtype = 'F32',
): Promise<void> {
  const tensors = [...parameters].map(
    ([name, parameter]) => [name, { dtype, shape: parameter.shape, read: () => parameterValues(parameter) }] as const,
  );
  await writeTensors(path, new Map(tensors));
}

/** Copies weights out of the engine. */
export async function storedWeights(parameters: ReadonlyMap<string, Parameter>): Promise<Map<string, StoredTensor>> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, parameter] of parameters) {
    stored.set(name, { shape: [...parameter.shape], data: await parameterValues(parameter) });
  }
  return stored;
}

/** Copies one weight out of the engine. */
export async function parameterValues(parameter: Parameter): Promise<Float32Array> {
  const value = parameter.read();
  try {
    return (await value.data()) as Float32Array;
  } finally {
    value.dispose();
  }
}

function checkWeights(
  shapes: Shapes,
  found: ReadonlyMap<string, { shape: readonly number[]; dtype?: FileDtype }>,
  path: string,
): void {
  const problems = [...shapes].flatMap(([name, shape]) => {
    const weight = found.get(name);
    if (!weight) return [`${name} is missing`];
    if (weight.shape.join() !== shape.join()) {
      return [`${name} has shape [${weight.shape.join(', ')}], expected [${shape.join(', ')}]`];
    }
    if (weight.dtype === undefined || isStoredDtype(weight.dtype)) return [];
    return [`${name} has type ${weight.dtype}, expected F32, F16 or BF16`];
  });
  if (problems.length === 0) return;
  throw new UserError(
    'weights.disagree',
    `${path}: ${listFirst(problems)}. Use the config.json and the weights of one and the same model.`,
  );
}

function isFinite(values: Float32Array): boolean {
  // A plain loop: `every` with Number.isFinite is ten times slower.
  for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i]!) < Infinity)) return false;
  return true;
}

/** @param names weights by the path of their file */
function notFinite(names: ReadonlyMap<string, readonly string[]>): UserError {
  const places = [...names].map(([path, weights]) => `${path}: values that are not finite in ${listFirst(weights)}`);
  return new UserError('weights.notFinite', `${places.join('\n')}. Use a checkpoint from before training diverged.`);
}
