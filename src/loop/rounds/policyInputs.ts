import { createHash } from 'node:crypto';

import {
  loadTokenizer,
  localFolder,
  promptFormat,
  type PromptRow,
  type TokenizedPair,
  type TokenizedSample,
  type Tokenizer,
} from '../../../datasets/index.ts';
import { listProblems } from '../../../datasets/listProblems.ts';
import { UserError } from '../../base/userError.ts';
import type { Judge } from '../../judges/index.ts';
import { choosePrecision, startEngine } from '../../engine/index.ts';
import {
  checkMemory,
  formatMemoryPlan,
  planMemory,
  readDecoderConfig,
  type DecoderConfig,
  type MemoryPlan,
} from '../../models/index.ts';
import { cacheLength } from '../../sampling/index.ts';
import { BASE_POLICY } from '../../world/assetPaths.ts';
import type { PreparedExamples } from '../examples/preparedExamples.ts';
import { preparePrompts, type PreparedPrompts } from '../promptStage.ts';
import type { PolicyLoopConfig, RecipeRun } from './policyLoopConfig.ts';

/** What a run starts from, before any weights are loaded. */
export interface PolicyInputs {
  policyFolder: string;
  decoder: DecoderConfig;
  tokenizer: Tokenizer;
  /** Prompts to train on. */
  prompts: PreparedPrompts;
  /** Prompts to measure on; the same object where no others were given. */
  evaluation: PreparedPrompts;
  /** What the recipe read to train on; nothing where it trains on its own samples. */
  examples: PreparedExamples;
  bf16: boolean;
  memory: MemoryPlan;
}

/** Reads the examples of a dataset for a policy. */
export type ReadExamples = (reading: { tokenizer: Tokenizer; contextLength: number }) => Promise<PreparedExamples>;

/**
 * Reads the prompts, or the examples whose prompts they are, and says what memory the run needs.
 *
 * @param own.judge whose columns of the prompts are kept with them
 * @throws {UserError} when an input is faulty, the answers do not fit into the model's context, or memory is too small
 */
export async function policyInputs(
  config: PolicyLoopConfig,
  context: Pick<RecipeRun, 'signal' | 'print'>,
  own: { judge?: Judge | undefined; readExamples?: ReadExamples | undefined } = {},
): Promise<PolicyInputs> {
  const { judge, readExamples } = own;
  await startEngine();
  const bf16 = choosePrecision(config.precision) === 'bf16';
  const fetching = { signal: context.signal, onMessage: context.print };
  const policyFolder = await localFolder(config.policy ?? BASE_POLICY, fetching);
  const decoder = await readDecoderConfig(policyFolder);
  checkLength(config, decoder, policyFolder);
  const tokenizer = await loadTokenizer(policyFolder);
  const { data } = config;
  const examples = (await readExamples?.({ tokenizer, contextLength: decoder.contextLength })) ?? NO_EXAMPLES;
  const prompts = await (readExamples
    ? promptsOf(config, [...new Set(examples.prompts)], undefined, tokenizer, decoder, judge, examples.format)
    : promptsOf(config, data.prompts!, data.limit, tokenizer, decoder, judge));
  const evaluation =
    data.evaluation === undefined
      ? prompts
      : await promptsOf(config, data.evaluation, data.evaluationPrompts, tokenizer, decoder, judge);
  const memory = planOf(config, decoder, [prompts, evaluation], examples);
  context.print(formatMemoryPlan(memory));
  await checkMemory(memory);
  return { policyFolder, decoder, tokenizer, prompts, evaluation, examples, bf16, memory };
}

function checkLength({ sampling }: PolicyLoopConfig, { contextLength }: DecoderConfig, folder: string): void {
  if (sampling.maxNewTokens < contextLength) return;
  throw new UserError(
    'sampling.length',
    `sampling.maxNewTokens: expected less than the ${contextLength} tokens that the model in ${folder} takes, prompt and ` +
      `answer together, found ${sampling.maxNewTokens}. Lower it, or use a preset for a model of this size.`,
  );
}

async function promptsOf(
  { data, sampling }: PolicyLoopConfig,
  source: string | readonly PromptRow[],
  limit: number | undefined,
  tokenizer: Tokenizer,
  { contextLength }: DecoderConfig,
  judge: Judge | undefined,
  format = data.format,
): Promise<PreparedPrompts> {
  const prepared = await preparePrompts({
    source,
    limit,
    columns: judge?.columns,
    adapter: data.adapter,
    skipBad: data.skipBad,
    tokenizer,
    contextLength,
    maxNewTokens: sampling.maxNewTokens,
    longPrompts: data.longPrompts ?? 'drop',
    format: format !== 'auto' ? format : typeof source === 'string' ? await promptFormat(source, data.adapter) : 'chat',
  });
  if (judge && Array.isArray(judge.columns))
    checkColumns(typeof source === 'string' ? source : 'prompts', prepared.rows, judge.columns, judge.id);
  return prepared;
}

/** Every prompt must have the columns that the judge reads. */
function checkColumns(source: string, rows: readonly PromptRow[], columns: readonly string[], judge: string): void {
  const problems = rows.flatMap((row: PromptRow & Readonly<Record<string, unknown>>) =>
    columns.filter((name) => row[name] === null || row[name] === undefined).map((name) => `${row.id}: no "${name}"`),
  );
  if (problems.length === 0) return;
  throw new UserError(
    'judge.column',
    `${source}: expected the columns ${columns.join(', ')} in each row, which the judge ${judge} reads, found rows without:\n` +
      `${listProblems(problems)}\nName the column with --set answerColumn=<column>, or mend these rows.`,
  );
}

function planOf(
  { train, sampling, reference }: PolicyLoopConfig,
  config: DecoderConfig,
  prepared: readonly PreparedPrompts[],
  examples: PreparedExamples,
): MemoryPlan {
  const drawn = prepared.flatMap(({ kept }) => kept.map(({ tokenIds }) => tokenIds.length + sampling.maxNewTokens));
  const given = examples.pairs.map((example) => example.promptIds.length + lengthOfAnswer(example));
  const length = [...drawn, ...given].reduce((longest, tokens) => Math.max(longest, tokens), 0);
  return planMemory({
    config,
    // The policy, the base that its divergence is measured from, and the average where there is one.
    models: reference === 'ema' ? 3 : 2,
    training: {
      sequences: 2 * (train.microBatchSize ?? train.batchSize),
      pieces: train.microBatchSize !== undefined,
      recompute: train.recompute,
      length,
      option: train.microBatchSize === undefined ? 'train.batchSize' : 'train.microBatchSize',
    },
    generation: {
      rows: sampling.batchSize,
      length: cacheLength(length, sampling.batchSize),
      option: 'sampling.batchSize',
    },
  });
}

function lengthOfAnswer(example: TokenizedPair | TokenizedSample): number {
  return 'chosenIds' in example
    ? Math.max(example.chosenIds.length, example.rejectedIds.length)
    : example.completionIds.length;
}

const NO_EXAMPLES: PreparedExamples = { pairs: [], labels: {}, prompts: [], format: 'chat', notes: [] };

/** Names the content of examples: their tokens and labels. */
export function hashExamples({ pairs, labels }: PreparedExamples): string {
  const hash = createHash('sha256');
  for (const example of pairs) hash.update(`${JSON.stringify(example)}\n`);
  return hash.update(JSON.stringify(labels)).digest('hex').slice(0, 16);
}

/** Names the content of prompts, wherever they came from. */
export function hashPrompts(rows: readonly PromptRow[]): string {
  const hash = createHash('sha256');
  for (const { id, messages, source: _, ...columns } of rows) {
    const kept = Object.keys(columns).length === 0 ? [] : [columns];
    hash.update(`${JSON.stringify([id, messages, ...kept], bigintAsText)}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

const bigintAsText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
