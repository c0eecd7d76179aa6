import {
  loadTokenizer,
  localFolder,
  promptFormat,
  readPrompts,
  type ReadPromptsOptions,
  tokenizePrompts,
  type ResolveHubOptions,
} from 'nashtune/datasets';
import { createPolicy, loadPolicy, readDecoderConfig, type Policy } from 'nashtune/models';

import { randomStream } from '../src/base/seed.ts';
import { UserError } from '../src/base/userError.ts';
import { randomTokens, type GenerateTerms } from './terms.ts';

/** What a generation benchmark continues: rows that are decoded together. */
export interface GenerateJob {
  /** Folder of the model, or what it is. */
  model: string;
  /** Folder of the model on this machine; null for random weights. */
  folder: string | null;
  /** Loads or makes the policy, once the engine runs. */
  openPolicy(): Promise<Policy>;
  /** Tokens of the prompts, a list for each row. */
  prompts: readonly (readonly number[])[];
  /** Prompts that were read before those and leave no room for the new tokens, by id. */
  dropped: readonly string[];
  newTokens: number;
  padToken: number;
}

export interface ReadGenerateJobOptions {
  /** Folder in Hugging Face layout, or hub:owner/name. */
  model: string;
  /** File of prompts in any format that `readPrompts` reads. */
  prompts: string;
  batchSize: number;
  /** Tokens of each response; prompts that leave no room for them in the context are left out and counted. */
  maxNewTokens: number;
  /** How the file is read. */
  reading?: Pick<ReadPromptsOptions, 'adapter' | 'skipBad'> | undefined;
  /** How a model of the Hub is fetched. */
  fetching?: ResolveHubOptions | undefined;
}

/**
 * Takes the first prompts of a file that are short enough, one for each row. Where there are fewer they are taken again, as
 * in sampling several responses to a prompt.
 *
 * @throws {UserError} when model or file cannot be read, or no prompt is short enough
 */
export async function readGenerateJob(options: ReadGenerateJobOptions): Promise<GenerateJob> {
  const { model, batchSize, maxNewTokens } = options;
  const folder = await localFolder(model, options.fetching);
  const { contextLength } = await readDecoderConfig(folder);
  const tokenizer = await loadTokenizer(folder);
  const prompts = await readPrompts(options.prompts, { ...options.reading, limit: 2 * batchSize });
  const { kept, dropped } = tokenizePrompts(tokenizer, prompts, {
    contextLength,
    maxNewTokens,
    longPrompts: 'drop',
    format: await promptFormat(options.prompts, options.reading?.adapter),
    optionNames: { maxNewTokens: '--max-new-tokens', longPrompts: '--long-prompts' },
  });
  if (kept.length === 0) {
    throw new UserError('bench.noPrompts', `${options.prompts}: expected prompts, found none. Give a file with some.`);
  }
  return {
    model,
    folder,
    openPolicy: () => loadPolicy(folder, { frozen: true }),
    prompts: Array.from({ length: batchSize }, (_, i) => kept[i % kept.length]!.tokenIds),
    dropped: dropped.map(({ id }) => id),
    newTokens: maxNewTokens,
    padToken: tokenizer.padTokenId ?? 0,
  };
}

/** A job with random weights and random prompts. */
export function randomGenerateJob(terms: GenerateTerms, { seed }: { seed: number }): GenerateJob {
  const { model, rows, promptTokens, newTokens } = terms;
  const random = randomStream(seed, 'bench', 'generate');
  return {
    model: 'random weights',
    folder: null,
    openPolicy: async () => createPolicy(model, seed),
    prompts: Array.from({ length: rows }, () => randomTokens(model, promptTokens, random)),
    dropped: [],
    newTokens,
    padToken: 0,
  };
}
