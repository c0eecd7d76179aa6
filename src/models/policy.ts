import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import { randomStream } from '../base/seed.ts';
import { UserError } from '../base/userError.ts';
import { replaceAtomic, writeFileAtomic } from '../base/writeFileAtomic.ts';
import { createParameter, type Parameter } from '../engine/index.ts';
import { llamaWeightShapes, type Weights } from './llama.ts';
import { readLlamaConfig, type LlamaConfig } from './llamaConfig.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors.ts';

/** A decoder whose weights can be sampled from and trained. */
export interface Policy {
  readonly config: LlamaConfig;
  /** Weights by their names in the Hugging Face file. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  dispose(): void;
}

/** The weights' present values: traced tensors inside `compile`, else tensors that the caller disposes. */
export function readWeights(policy: Policy): Weights {
  return Object.fromEntries([...policy.parameters].map(([name, parameter]) => [name, parameter.read()]));
}

function policyFrom(config: LlamaConfig, weights: ReadonlyMap<string, StoredTensor>): Policy {
  const parameters = new Map<string, Parameter>();
  for (const name of llamaWeightShapes(config).keys()) {
    const { data, shape } = weights.get(name)!;
    const initial = tf.tensor(data, shape, 'float32');
    parameters.set(name, createParameter(initial, name));
    initial.dispose();
  }
  return {
    config,
    parameters,
    dispose: () => {
      for (const parameter of parameters.values()) parameter.dispose();
    },
  };
}

/**
 * Loads a policy from a folder in Hugging Face layout (config.json, model.safetensors).
 *
 * @throws {UserError} when a file is missing or broken, or configuration and weights disagree
 */
export async function loadPolicy(folder: string): Promise<Policy> {
  if (!(await stat(folder).catch(() => null))?.isDirectory()) {
    throw new UserError('model.noFolder', `${folder}: no such folder. Give a model folder in Hugging Face layout.`);
  }
  const config = await readLlamaConfig(folder);
  const path = join(folder, 'model.safetensors');
  if (!(await stat(path).catch(() => null)) && (await readdir(folder)).includes('pytorch_model.bin')) {
    throw new UserError(
      'weights.pickle',
      `${folder}: the weights are a pickle (pytorch_model.bin), which may run code. Convert them: ` +
        'python -c "from transformers import AutoModelForCausalLM as M; M.from_pretrained(\'.\').save_pretrained(\'.\')"',
    );
  }
  const weights = await readSafetensors(path);
  checkWeights(config, weights, path);
  return policyFrom(config, weights);
}

function checkWeights(config: LlamaConfig, weights: ReadonlyMap<string, StoredTensor>, path: string): void {
  const problems: string[] = [];
  for (const [name, shape] of llamaWeightShapes(config)) {
    const found = weights.get(name);
    if (!found) problems.push(`${name} is missing`);
    else if (found.shape.join() !== shape.join()) {
      problems.push(`${name} has shape [${found.shape.join(', ')}], config.json asks for [${shape.join(', ')}]`);
    } else if (found.data.some((value) => !Number.isFinite(value))) {
      problems.push(`${name} holds a value that is not finite`);
    }
  }
  if (problems.length > 0) throw disagreement(path, problems);
}

function disagreement(path: string, problems: readonly string[]): UserError {
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
  return new UserError(
    'weights.disagree',
    `${path}: ${problems.slice(0, 5).join('; ')}${more}. Use config.json and weights of the same model.`,
  );
}

/** A policy with random weights: normal with the configuration's initializer_range (0.02), norms at one. */
export function createPolicy(config: LlamaConfig, seed: number | string): Policy {
  const deviation = Number(config.source['initializer_range'] ?? 0.02);
  const weights = new Map<string, StoredTensor>();
  for (const [name, shape] of llamaWeightShapes(config)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const random = randomStream(seed, 'initialize', name);
    const data = Float32Array.from({ length: size }, () => (shape.length === 1 ? 1 : deviation * random.normal()));
    weights.set(name, { shape, data });
  }
  return policyFrom(config, weights);
}

/** Replaces the weights of a policy, in place, by those of a folder it was saved to. */
export async function loadWeights(policy: Policy, folder: string): Promise<void> {
  await loadParameters(policy.parameters, join(folder, 'model.safetensors'));
}

/**
 * Replaces the values of parameters, in place, by those of a safetensors file.
 *
 * @throws {UserError} when the file lacks one of them or has it in another shape
 */
export async function loadParameters(parameters: ReadonlyMap<string, Parameter>, path: string): Promise<void> {
  const stored = await readSafetensors(path);
  const problems = [...parameters].flatMap(([name, { shape }]) =>
    stored.get(name)?.shape.join() === shape.join() ? [] : [`${name} is missing or not of shape [${shape.join(', ')}]`],
  );
  if (problems.length > 0) throw disagreement(path, problems);
  for (const [name, parameter] of parameters) {
    const { data, shape } = stored.get(name)!;
    const value = tf.tensor(data, shape, 'float32');
    parameter.assign(value);
    value.dispose();
  }
}

/** Copies the weights out of the engine. */
export async function storedWeights(parameters: ReadonlyMap<string, Parameter>): Promise<Map<string, StoredTensor>> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, parameter] of parameters) {
    const value = parameter.read();
    stored.set(name, { shape: [...parameter.shape], data: (await value.data()) as Float32Array });
    value.dispose();
  }
  return stored;
}

/** Files of a model folder that training does not change. */
const COMPANIONS = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja', 'special_tokens_map.json', 'generation_config.json'];

/**
 * Saves a policy as a folder in Hugging Face layout, which appears whole or not at all.
 *
 * @param companions folder whose tokenizer files are copied beside the weights
 */
export async function savePolicy(
  policy: Policy,
  folder: string,
  options: { companions?: string; dtype?: 'F32' | 'BF16' } = {},
): Promise<void> {
  const dtype = options.dtype ?? 'F32';
  await replaceAtomic(folder, async (temporary) => {
    await mkdir(temporary);
    const config = { ...policy.config.source, dtype: dtype === 'F32' ? 'float32' : 'bfloat16' };
    await writeFileAtomic(join(temporary, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
    await writeSafetensors(join(temporary, 'model.safetensors'), await storedWeights(policy.parameters), dtype);
    if (options.companions !== undefined) {
      const present = new Set(await readdir(options.companions));
      for (const name of COMPANIONS.filter((file) => present.has(file))) {
        await copyFile(join(options.companions, name), join(temporary, name));
      }
    }
  });
}
