import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../../base/userError.ts';
import { replaceAtomic, writeFileAtomic } from '../../base/writeFileAtomic.ts';
import { adapterNames } from '../layers/adapter.ts';
import { readParameters, saveParameters } from '../parameters.ts';
import type { Policy } from '../policy.ts';
import { openWeights } from '../weightFiles.ts';
import { adapted } from './adapter.ts';
import { linearsOf, targetsOf, type LoraConfig } from './loraConfig.ts';

const ADAPTER_CONFIG = 'adapter_config.json';
const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

/** What PEFT puts before the name of each tensor. */
const prefixOf = ({ config }: Policy): string => `base_model.model.${config.omittedPrefix}`;

const nothing = z.union([z.null(), z.array(z.unknown()).length(0), z.object({}).strict()]).optional();

/** The fields of adapter_config.json that decide about the computation. */
const SCHEMA = z.looseObject({
  peft_type: z.literal('LORA'),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).lt(1).default(0),
  target_modules: z.union([z.string(), z.array(z.string()).min(1)]),
  use_rslora: z.boolean().default(false),
  bias: z.literal('none').default('none'),
  use_dora: z.literal(false).default(false),
  modules_to_save: nothing,
  rank_pattern: nothing,
  alpha_pattern: nothing,
  layers_to_transform: nothing,
});

/**
 * Saves the adapter of a policy in PEFT's layout, adapter_config.json and adapter_model.safetensors, in a folder that
 * appears whole or not at all. `PeftModel.from_pretrained(base, folder)` loads it.
 *
 * @param options.baseModel where the base weights come from, noted in the configuration
 * @throws {RangeError} when the policy has no adapter
 * @throws {UserError} when the folder exists and is not empty
 */
export async function saveAdapter(policy: Policy, folder: string, options: { baseModel?: string } = {}): Promise<void> {
  const { adapter } = policy;
  if (!adapter) throw new RangeError('saveAdapter: the policy has no adapter. Save a whole policy with savePolicy.');
  if ((await readdir(folder).catch(() => [])).length > 0) {
    throw new UserError(
      'model.folderExists',
      `${folder}: the folder exists and is not empty. Give the name of a new one.`,
    );
  }
  const prefix = prefixOf(policy);
  const named = new Map([...adapter.parameters].map(([name, parameter]) => [`${prefix}${name}`, parameter]));
  await replaceAtomic(folder, async (temporary) => {
    await mkdir(temporary);
    const text = `${JSON.stringify(peftConfig(policy, adapter.config, options.baseModel ?? null), null, 2)}\n`;
    await writeFileAtomic(join(temporary, ADAPTER_CONFIG), text);
    await saveParameters(named, join(temporary, ADAPTER_WEIGHTS));
  });
}

function peftConfig({ config }: Policy, lora: LoraConfig, baseModel: string | null): object {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    target_modules: lora.targetModules,
    use_rslora: lora.rsLora,
    fan_in_fan_out: linearsOf(config).some(({ transposed }) => transposed),
    bias: 'none',
    inference_mode: true,
  };
}

/**
 * Loads an adapter in PEFT's layout onto a policy; the result owns both.
 *
 * @throws {UserError} when a file is missing or broken, the adapter does something that nashtune does not, or it belongs
 * to another model
 */
export async function loadAdapter(policy: Policy, folder: string): Promise<Policy> {
  const config = await readAdapterConfig(folder);
  const targets = targetsOf(policy.config, config.targetModules);
  const path = join(folder, ADAPTER_WEIGHTS);
  if (targets.length === 0) {
    throw new UserError(
      'lora.targets',
      `${join(folder, ADAPTER_CONFIG)}: no linear map of this ${policy.config.family} model is called ` +
        `${JSON.stringify(config.targetModules)}. Load the adapter onto the model it was trained for.`,
    );
  }
  const prefix = prefixOf(policy);
  const shapes = new Map<string, number[]>();
  for (const { name, inputs, outputs } of targets) {
    const { a, b } = adapterNames(name);
    shapes.set(`${prefix}${a}`, [config.rank, inputs]).set(`${prefix}${b}`, [outputs, config.rank]);
  }
  const weights = await openWeights(path);
  const named = await readParameters(shapes, weights).finally(() => weights.close());
  const parameters = new Map([...named].map(([name, parameter]) => [name.slice(prefix.length), parameter]));
  return adapted(policy, { config, targets, parameters, merged: false });
}

async function readAdapterConfig(folder: string): Promise<LoraConfig> {
  const path = join(folder, ADAPTER_CONFIG);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) {
    throw new UserError('lora.noConfig', `${path}: no such file. Give the folder of an adapter in PEFT's layout.`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError('lora.badConfig', `${path}: not JSON (${(error as Error).message}). Save the adapter again.`);
  }
  const parsed = SCHEMA.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: at, message }) => `- ${at.join('.') || 'the file'}: ${message}`);
    throw new UserError(
      'lora.badConfig',
      `${path}: not a LoRA adapter that nashtune can run:\n${problems.join('\n')}\n` +
        'Give a plain LoRA adapter, or merge it into its model with PEFT (merge_and_unload).',
    );
  }
  const { r, lora_alpha, lora_dropout, target_modules, use_rslora } = parsed.data;
  return { rank: r, alpha: lora_alpha, dropout: lora_dropout, targetModules: target_modules, rsLora: use_rslora };
}
