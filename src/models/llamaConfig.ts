import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../base/userError.ts';

const positive = z.int().positive();

/** The fields of a Llama config.json that decide about the computation; all others are kept and written back. */
const CONFIG = z.looseObject({
  model_type: z.literal('llama'),
  vocab_size: positive,
  hidden_size: positive,
  intermediate_size: positive,
  num_hidden_layers: positive,
  num_attention_heads: positive,
  num_key_value_heads: positive.optional(),
  head_dim: positive.nullish(),
  rms_norm_eps: z.number().positive(),
  max_position_embeddings: positive,
  tie_word_embeddings: z.boolean().default(false),
  hidden_act: z.literal('silu').default('silu'),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
  rope_theta: z.number().positive().optional(),
  rope_scaling: z.null().optional(),
  rope_parameters: z.looseObject({ rope_theta: z.number().positive(), rope_type: z.literal('default') }).optional(),
});

export interface LlamaConfig {
  vocabSize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  normEpsilon: number;
  contextLength: number;
  ropeTheta: number;
  tiedEmbeddings: boolean;
  /** config.json as read, written back on saving. */
  source: Readonly<Record<string, unknown>>;
}

/**
 * Reads a model folder's config.json.
 *
 * @throws {UserError} when the file is missing or malformed, or asks for what this model family does not do
 */
export async function readLlamaConfig(folder: string): Promise<LlamaConfig> {
  const path = join(folder, 'config.json');
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) {
    throw new UserError(
      'model.noConfig',
      `${path}: no such file. Give a model folder in Hugging Face layout (config.json, model.safetensors, tokenizer.json).`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(
      'model.badConfig',
      `${path}: not JSON (${(error as Error).message}). Restore the file from the model's source.`,
    );
  }
  return parseLlamaConfig(json, path);
}

/** As readLlamaConfig, from parsed JSON; `where` names it in errors. */
export function parseLlamaConfig(json: unknown, where: string): LlamaConfig {
  const parsed = CONFIG.safeParse(json);
  if (!parsed.success) {
    throw new UserError(
      'model.badConfig',
      `${where}: not a Llama configuration that nashtune can run:\n${listIssues(parsed.error, json)}\n` +
        'Give a model with model_type "llama", plain rope and no biases.',
    );
  }
  const c = parsed.data;
  const config: LlamaConfig = {
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    keyValueHeads: c.num_key_value_heads ?? c.num_attention_heads,
    headSize: c.head_dim ?? c.hidden_size / c.num_attention_heads,
    normEpsilon: c.rms_norm_eps,
    contextLength: c.max_position_embeddings,
    ropeTheta: c.rope_parameters?.rope_theta ?? c.rope_theta ?? 10_000,
    tiedEmbeddings: c.tie_word_embeddings,
    source: json as Record<string, unknown>,
  };
  const problems: string[] = [];
  if (config.heads % config.keyValueHeads !== 0)
    problems.push(`num_attention_heads ${config.heads} is no multiple of num_key_value_heads ${config.keyValueHeads}`);
  if (!Number.isInteger(config.headSize) || config.headSize % 2 !== 0)
    problems.push(`head_dim must be an even integer, got ${config.headSize}`);
  if (problems.length > 0)
    throw new UserError(
      'model.badConfig',
      `${where}: ${problems.join('; ')}. Restore the file from the model's source.`,
    );
  return config;
}

/** One line for each fault, with what was found in its place. */
function listIssues({ issues }: z.ZodError, json: unknown): string {
  return issues
    .map(({ path, message }) => {
      const found = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], json);
      const expected = message.replace(/^Invalid input: /, '').replace(/, received \w+$/, '');
      return `- ${path.join('.') || 'the file'}: ${expected}, got ${JSON.stringify(found) ?? 'nothing'}`;
    })
    .join('\n');
}
