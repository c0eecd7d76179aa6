import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { randomStream } from '../base/seed.ts';
import { UserError } from '../base/userError.ts';
import { replaceAtomic, writeFileAtomic } from '../base/writeFileAtomic.ts';
import type { Parameter } from '../engine/index.ts';
import { weightShapes, weightSpecs } from './decoder.ts';
import type { DecoderConfig } from './decoderConfig.ts';
import type { Weights } from './layers/weights.ts';
import { assumeAsNow, scaledAdapter, type Adapter } from './lora/adapter.ts';
import { createParameters, loadParameters, readParameters } from './parameters.ts';
import { readDecoderConfig } from './readDecoderConfig.ts';
import type { StoredDtype, StoredTensor } from './safetensors.ts';
import { saveWeights } from './saveWeights.ts';
import { openWeights, type WeightLayout } from './weightFiles.ts';

/** A decoder whose weights can be sampled from and trained. */
export interface Policy {
  readonly config: DecoderConfig;
  /** Weights by their names in the Hugging Face file. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** A low-rank adapter on top of the weights, which then stay as they are. */
  readonly adapter?: Adapter | undefined;
  /** The files that the weights came from, null for weights made here. */
  readonly layout: WeightLayout | null;
  /** Names of tensors in those files that the model does not use. */
  readonly unused: readonly string[];
  dispose(): void;
}

/** The weights' present values: traced tensors inside `compile`, else tensors that the caller disposes. */
export function readWeights({ parameters, adapter }: Pick<Policy, 'parameters' | 'adapter'>): Weights {
  const base = readAll(parameters);
  if (adapter) assumeAsNow(adapter);
  return adapter && !adapter.merged ? { ...base, ...scaledAdapter(adapter, readAll(adapter.parameters)) } : base;
}

function readAll(parameters: ReadonlyMap<string, Parameter>): Weights {
  return Object.fromEntries([...parameters].map(([name, parameter]) => [name, parameter.read()]));
}

function policyFrom(weights: Omit<Policy, 'dispose'>): Policy {
  const { parameters } = weights;
  return {
    ...weights,
    dispose: () => {
      for (const parameter of parameters.values()) parameter.dispose();
    },
  };
}

export interface LoadPolicyOptions {
  /** What the model is for; a reward model scores. Default `generation`. */
  task?: DecoderConfig['task'];
  /** The policy cannot be trained, and weights stored in bfloat16 take two bytes each in memory. */
  frozen?: boolean;
}

/**
 * Loads a policy, or a reward model, from a folder in Hugging Face layout: config.json and model.safetensors, or several files with
 * model.safetensors.index.json. Memory holds the weights once.
 *
 * @throws {UserError} when a file is missing or broken, or configuration and weights disagree
 */
export async function loadPolicy(folder: string, options: LoadPolicyOptions = {}): Promise<Policy> {
  if (!(await stat(folder).catch(() => null))?.isDirectory()) {
    throw new UserError('model.noFolder', `${folder}: no such folder. Give a model folder in Hugging Face layout.`);
  }
  const named = await readDecoderConfig(folder);
  checkTask(folder, named, options.task ?? 'generation');
  const weights = await openWeights(folder);
  try {
    const bareNames = !weights.entries.has(named.architecture.embedding.weight);
    const bare = bareNames ? await readDecoderConfig(folder, { bareNames }) : named;
    // Where neither name is there, the error is to show the usual ones.
    const config = weights.entries.has(bare.architecture.embedding.weight) ? bare : named;
    const parameters = await readParameters(weightShapes(config), weights, options);
    const unused = [...weights.entries.keys()].filter((name) => !parameters.has(name));
    return policyFrom({ config, parameters, layout: weights.layout, unused });
  } finally {
    await weights.close();
  }
}

function checkTask(folder: string, { task }: DecoderConfig, wanted: DecoderConfig['task']): void {
  if (task === wanted) return;
  const found = task === 'scoring' ? 'a reward model, which cannot write' : 'a language model, which has no score';
  const need = wanted === 'scoring' ? 'a model with a sequence-classification head' : 'a causal language model';
  throw new UserError('model.task', `${folder}: ${found}. Give ${need}.`);
}

/** A policy with random weights: normal with the configuration's initializer_range (0.02), norms at one, biases at zero. */
export function createPolicy(config: DecoderConfig, seed: number | string): Policy {
  const deviation = Number(config.source['initializer_range'] ?? 0.02);
  const shapes = weightShapes(config);
  const weights = new Map<string, StoredTensor>();
  for (const { name, shape, initial } of weightSpecs(config)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(initial === 'ones' ? 1 : 0);
    const random = randomStream(seed, 'initialize', name);
    if (initial === 'normal') for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    weights.set(name, { shape: [...shape], data });
  }
  const parameters = createParameters(shapes, weights, 'random weights');
  return policyFrom({ config, parameters, layout: null, unused: [] });
}

/**
 * Replaces the weights of a policy, in place, by those of a folder it was saved to.
 *
 * @throws {UserError} when the folder has no such weights
 */
export async function loadWeights(policy: Policy, folder: string): Promise<void> {
  await loadParameters(policy.parameters, folder);
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
 * Saves a policy as a folder in Hugging Face layout, which appears whole or not at all. Its weights are spread over files
 * as they were when it was loaded.
 *
 * @param options.companions folder whose tokenizer files are copied beside the weights
 * @param options.dtype default `stored`: each weight in the type that it was loaded from, float32 if it was made here
 * @throws {UserError} when the folder exists and is not empty, or a weight has values that its type cannot hold
 * @throws {RangeError} when the policy has an adapter that is not merged
 */
export async function savePolicy(
  policy: Policy,
  folder: string,
  options: { companions?: string; dtype?: StoredDtype | 'stored' } = {},
): Promise<void> {
  const { companions, dtype = 'stored' } = options;
  const { config, parameters, layout, adapter } = policy;
  if (adapter && !adapter.merged) {
    throw new RangeError(
      'savePolicy: the policy has an adapter, which a folder of whole weights would lack. Save it with saveAdapter, or call ' +
        'mergeAdapter first.',
    );
  }
  const existing = await readdir(folder).catch(() => []);
  if (existing.length > 0) {
    throw new UserError(
      'model.folderExists',
      `${folder}: the folder exists and is not empty. Give the name of a new one.`,
    );
  }
  await replaceAtomic(folder, async (temporary) => {
    await mkdir(temporary);
    const isAsLoaded = layout !== null && dtype === 'stored';
    const source = isAsLoaded ? config.source : withDtype(config.source, dtype === 'stored' ? 'F32' : dtype);
    await writeFileAtomic(join(temporary, 'config.json'), `${JSON.stringify(source, null, 2)}\n`);
    await saveWeights(temporary, parameters, { layout, dtype, where: folder });
    if (companions === undefined) return;
    const present = new Set(await readdir(companions));
    for (const name of COMPANIONS.filter((file) => present.has(file))) {
      await writeFileAtomic(join(temporary, name), await readFile(join(companions, name)));
    }
  });
}

const CONFIG_DTYPES: Readonly<Record<StoredDtype, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

function withDtype(source: DecoderConfig['source'], dtype: StoredDtype): DecoderConfig['source'] {
  // transformers 4 wrote `torch_dtype` and reads nothing else; transformers 5 reads both and prefers `dtype`.
  const key = 'torch_dtype' in source && !('dtype' in source) ? 'torch_dtype' : 'dtype';
  return { ...source, [key]: CONFIG_DTYPES[dtype] };
}
