import { createHash } from 'node:crypto';

import {
  loadTokenizer,
  localFolder,
  promptFormat,
  type PromptRow,
  type TokenizedPrompt,
  type Tokenizer,
} from '../../../datasets/index.ts';
import { fastPrecision, startEngine } from '../../engine/index.ts';
import { loadJudge, type Judge } from '../../judges/index.ts';
import { checkMemory, formatMemoryPlan, hashWeights, loadPolicy, planMemory, type Policy } from '../../models/index.ts';
import { BASE_POLICY, SHIPPED_JUDGE } from '../../world/assetPaths.ts';
import type { RunManifest } from '../manifest.ts';
import { preparePrompts, type PreparedPrompts } from '../promptStage.ts';
import type { PolicyLoopConfig, RecipeRun } from './policyLoopConfig.ts';

/** Models, prompts and judge of a run, loaded before its folder exists: a faulty input leaves nothing behind. */
export interface Players {
  policyFolder: string;
  policyHash: string;
  policy: Policy;
  /** The policy before any update; it stays. */
  base: Policy;
  /** Running average of the iterates, where the loss measures from it. */
  average: Policy | undefined;
  tokenizer: Tokenizer;
  judge: Judge;
  /** Prompts to train on. */
  prompts: PreparedPrompts;
  /** Prompts to measure on. */
  evaluation: PreparedPrompts;
  bf16: { training: boolean; generation: boolean };
  manifest: RunManifest;
  dispose(): void;
}

/**
 * Loads what a run needs and checks that it fits into memory.
 *
 * @param opened a judge that the recipe made itself
 */
export async function openPlayers(
  config: PolicyLoopConfig,
  context: RecipeRun,
  opened?: (policy: Policy, tokenizer: Tokenizer) => Judge,
): Promise<Players> {
  const engine = await startEngine();
  const bf16Of = (work: 'training' | 'generation'): boolean =>
    (config.precision === 'auto' ? fastPrecision(work) : config.precision) === 'bf16';
  const bf16 = { training: bf16Of('training'), generation: bf16Of('generation') };
  const fetching = { signal: context.signal, onMessage: context.print };
  const policyFolder = await localFolder(config.policy ?? BASE_POLICY, fetching);
  const tokenizer = await loadTokenizer(policyFolder);
  const policy = await loadPolicy(policyFolder);
  const base = await loadPolicy(policyFolder, { frozen: true });
  const average = config.reference === 'ema' ? await loadPolicy(policyFolder) : undefined;
  const judge =
    opened?.(policy, tokenizer) ?? (await loadJudge(await localFolder(config.judge ?? SHIPPED_JUDGE, fetching)));
  const prompts = await promptsOf(config, config.data.prompts, tokenizer, policy);
  const evaluation =
    config.data.evaluation === undefined
      ? prompts
      : await promptsOf(config, config.data.evaluation, tokenizer, policy, config.data.evaluationPrompts);
  const policyHash = await hashWeights(policyFolder);
  const names = { true: 'bf16', false: 'fp32' } as const;
  const precision = { training: names[`${bf16.training}`], generation: names[`${bf16.generation}`] };
  await plan(config, context, policy, [...prompts.kept, ...evaluation.kept], average ? 3 : 2);
  return {
    policyFolder,
    policyHash,
    policy,
    base,
    average,
    tokenizer,
    judge,
    prompts,
    evaluation,
    bf16,
    manifest: {
      recipe: context.recipeName,
      config: { ...config, precision },
      seeds: { seed: config.seed },
      inputs: {
        policy: policyHash,
        judge: judge.id,
        prompts: hashRows(prompts.rows),
        ...(evaluation === prompts ? {} : { evaluation: hashRows(evaluation.rows) }),
      },
      versions: { nashtune: context.version, [engine.backend]: engine.version },
    },
    dispose: () => {
      for (const model of [policy, base, average, judge]) model?.dispose();
    },
  };
}

async function promptsOf(
  { data, sampling }: PolicyLoopConfig,
  source: string,
  tokenizer: Tokenizer,
  policy: Policy,
  limit = data.limit,
): Promise<PreparedPrompts> {
  return preparePrompts({
    source,
    limit,
    adapter: data.adapter,
    skipBad: data.skipBad,
    tokenizer,
    contextLength: policy.config.contextLength,
    maxNewTokens: sampling.maxNewTokens,
    longPrompts: data.longPrompts,
    format: data.format === 'auto' ? await promptFormat(source, data.adapter) : data.format,
  });
}

async function plan(
  { train, sampling }: PolicyLoopConfig,
  context: RecipeRun,
  policy: Policy,
  prompts: readonly TokenizedPrompt[],
  models: number,
): Promise<void> {
  const length =
    prompts.reduce((longest, { tokenIds }) => Math.max(longest, tokenIds.length), 0) + sampling.maxNewTokens;
  const needed = planMemory({
    config: policy.config,
    models,
    training: {
      sequences: 2 * (train.microBatchSize ?? train.batchSize),
      pieces: train.microBatchSize !== undefined,
      recompute: train.recompute,
      length,
      option: train.microBatchSize === undefined ? 'train.batchSize' : 'train.microBatchSize',
    },
    generation: { rows: sampling.batchSize, length, option: 'sampling.batchSize' },
  });
  context.print(formatMemoryPlan(needed));
  await checkMemory(needed);
}

function hashRows(rows: readonly PromptRow[]): string {
  const hash = createHash('sha256');
  for (const { id, messages } of rows) hash.update(`${JSON.stringify([id, messages])}\n`);
  return hash.digest('hex');
}
