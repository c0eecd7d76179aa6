import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { randomStream } from '../base/seed.ts';
import { UserError } from '../base/userError.ts';
import { replaceAtomic, writeFileAtomic } from '../base/writeFileAtomic.ts';
import type { Parameter } from '../engine/index.ts';
import { weightShapes, weightSpecs } from './decoder.ts';
import type { DecoderConfig } from './decoderConfig.ts';
import type { Weights } from './layers/weights.ts';
import { scaledAdapter, type Adapter } from './lora/adapter.ts';
import { createParameters, loadParameters, storedWeights } from './parameters.ts';
import { readDecoderConfig } from './readDecoderConfig.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors.ts';

/** A decoder whose weights can be sampled from and trained. */
export interface Policy {
  readonly config: DecoderConfig;
  /** Weights by their names in the Hugging Face file. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** A low-rank adapter on top of the weights, which then stay as they are. */
  readonly adapter?: Adapter | undefined;
  dispose(): void;
}

/** The weights' present values: traced tensors inside `compile`, else tensors that the caller disposes. */
export function readWeights({ parameters, adapter }: Pick<Policy, 'parameters' | 'adapter'>): Weights {
  const base = readAll(parameters);
  return adapter && !adapter.merged ? { ...base, ...scaledAdapter(adapter, readAll(adapter.parameters)) } : base;
}

function readAll(parameters: ReadonlyMap<string, Parameter>): Weights {
  return Object.fromEntries([...parameters].map(([name, parameter]) => [name, parameter.read()]));
}

function policyFrom(config: DecoderConfig, weights: ReadonlyMap<string, StoredTensor>, path: string): Policy {
  const parameters = createParameters(weightShapes(config), weights, path);
  return {
    config,
    parameters,
    dispose: () => {
      for (const parameter of parameters.values()) parameter.dispose();
    },
  };
}

export interface LoadPolicyOptions {
  /** What the model is for; a reward model scores. Default `generation`. */
  task?: DecoderConfig['task'];
}

/**
 * Loads a policy, or the body of a reward model, from a folder in Hugging Face layout (config.json, model.safetensors).
 *
 * @throws {UserError} when a file is missing or broken, or configuration and weights disagree
 */
export async function loadPolicy(folder: string, options: LoadPolicyOptions = {}): Promise<Policy> {
  if (!(await stat(folder).catch(() => null))?.isDirectory()) {
    throw new UserError('model.noFolder', `${folder}: no such folder. Give a model folder in Hugging Face layout.`);
  }
  const config = await readDecoderConfig(folder);
  checkTask(folder, config, options.task ?? 'generation');
  const path = join(folder, 'model.safetensors');
  await checkWeightsFormat(folder);
  return policyFrom(config, await readSafetensors(path), path);
}

function checkTask(folder: string, { task }: DecoderConfig, wanted: DecoderConfig['task']): void {
  if (task === wanted) return;
  const found = task === 'scoring' ? 'a reward model, which cannot write' : 'a language model, which has no score';
  const need = wanted === 'scoring' ? 'a model with a sequence-classification head' : 'a causal language model';
  throw new UserError('model.task', `${folder}: ${found}. Give ${need}.`);
}

/** A folder with weights in another form than one safetensors file gets told how to convert them. */
async function checkWeightsFormat(folder: string): Promise<void> {
  const names = new Set(await readdir(folder));
  if (names.has('model.safetensors')) return;
  if (names.has('model.safetensors.index.json')) {
    throw new UserError(
      'weights.sharded',
      `${folder}: the weights are split over several files. Join them: ${convertCommand(", max_shard_size='1TB'")}`,
    );
  }
  if (names.has('pytorch_model.bin')) {
    throw new UserError(
      'weights.pickle',
      `${folder}: the weights are a pickle (pytorch_model.bin), which may run code. Convert them: ${convertCommand('')}`,
    );
  }
}

function convertCommand(options: string): string {
  return `python -c "from transformers import AutoModelForCausalLM as M; M.from_pretrained('.').save_pretrained('.'${options})"`;
}

/** A policy with random weights: normal with the configuration's initializer_range (0.02), norms at one, biases at zero. */
export function createPolicy(config: DecoderConfig, seed: number | string): Policy {
  const deviation = Number(config.source['initializer_range'] ?? 0.02);
  const weights = new Map<string, StoredTensor>();
  for (const { name, shape, initial } of weightSpecs(config)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(initial === 'ones' ? 1 : 0);
    const random = randomStream(seed, 'initialize', name);
    if (initial === 'normal') for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    weights.set(name, { shape: [...shape], data });
  }
  return policyFrom(config, weights, 'random weights');
}

/**
 * Replaces the weights of a policy, in place, by those of a folder it was saved to.
 *
 * @throws {UserError} when the folder has no such weights
 */
export async function loadWeights(policy: Policy, folder: string): Promise<void> {
  await loadParameters(policy.parameters, join(folder, 'model.safetensors'));
}

/** Files of a model folder that training does not change. */
const COMPANIONS = [
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'special_tokens_map.json',
  'generation_config.json',
];

/**
 * Saves a policy as a folder in Hugging Face layout, which appears whole or not at all.
 *
 * @param companions folder whose tokenizer files are copied beside the weights
 * @throws {UserError} when the folder exists and is not empty
 */
export async function savePolicy(
  policy: Policy,
  folder: string,
  options: { companions?: string; dtype?: 'F32' | 'BF16' } = {},
): Promise<void> {
  const { companions, dtype = 'F32' } = options;
  const existing = await readdir(folder).catch(() => []);
  if (existing.length > 0) {
    throw new UserError(
      'model.folderExists',
      `${folder}: the folder exists and is not empty. Give the name of a new one.`,
    );
  }
  await replaceAtomic(folder, async (temporary) => {
    await mkdir(temporary);
    await writeFileAtomic(join(temporary, 'config.json'), configText(policy.config, dtype));
    await writeSafetensors(join(temporary, 'model.safetensors'), await storedWeights(policy.parameters), dtype);
    if (companions === undefined) return;
    const present = new Set(await readdir(companions));
    for (const name of COMPANIONS.filter((file) => present.has(file))) {
      await writeFileAtomic(join(temporary, name), await readFile(join(companions, name)));
    }
  });
}

function configText({ source }: DecoderConfig, dtype: 'F32' | 'BF16'): string {
  // transformers 4 wrote `torch_dtype` and reads nothing else; transformers 5 reads both and prefers `dtype`.
  const key = 'torch_dtype' in source && !('dtype' in source) ? 'torch_dtype' : 'dtype';
  return `${JSON.stringify({ ...source, [key]: dtype === 'F32' ? 'float32' : 'bfloat16' }, null, 2)}\n`;
}
