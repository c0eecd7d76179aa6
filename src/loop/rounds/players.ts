import { loadTokenizer, localFolder, type Tokenizer } from '../../../datasets/index.ts';
import { UserError } from '../../base/userError.ts';
import { choosePrecision, startEngine } from '../../engine/index.ts';
import { isVerifier, loadJudge, openJudge, type Judge } from '../../judges/index.ts';
import { hashWeights, loadPolicy, type Policy } from '../../models/index.ts';
import { SHIPPED_JUDGE } from '../../world/assetPaths.ts';
import type { RunManifest } from '../manifest.ts';
import { createAnswerStore, type AnswerStore } from './answerStore.ts';
import { hashExamples, hashPrompts, policyInputs, type PolicyInputs, type ReadExamples } from './policyInputs.ts';
import type { PolicyLoopConfig, RecipeRun } from './policyLoopConfig.ts';

/** Models, prompts and judge of a run, loaded before its folder exists: a faulty input leaves nothing behind. */
export interface Players extends PolicyInputs {
  policyHash: string;
  policy: Policy;
  /** The policy before any update; it stays. */
  base: Policy;
  /** Running average of the iterates, where the loss measures from it. */
  average: Policy | undefined;
  judge: Judge;
  /** What a judge behind an API says is kept in the run's folder: a run that is stopped asks nothing twice. */
  answers: AnswerStore;
  manifest: RunManifest;
  dispose(): void;
}

/** What a recipe brings itself. */
export interface OwnPlayers {
  /** A judge, in place of the configured one. */
  judge?: (policy: Policy, tokenizer: Tokenizer) => Judge;
  /** Refuse a judge that does not tell right answers from wrong ones. */
  needsVerifier?: boolean;
  /** Reads the examples of a dataset to train on; their prompts are those of the run. */
  examples?: ReadExamples;
}

/** Loads what a run needs, and checks first that it fits into memory. */
export async function openPlayers(config: PolicyLoopConfig, context: RecipeRun, own: OwnPlayers): Promise<Players> {
  const engine = await startEngine();
  const answers = createAnswerStore();
  const named = own.judge ? undefined : await openNamedJudge(config, context, answers, own.needsVerifier ?? false);
  const inputs = await policyInputs(config, context, { judge: named, readExamples: own.examples });
  const { policyFolder, tokenizer, prompts, evaluation, examples, bf16 } = inputs;
  const policy = await loadPolicy(policyFolder);
  const base = await loadPolicy(policyFolder, { frozen: true });
  const average = config.reference === 'ema' ? await loadPolicy(policyFolder) : undefined;
  const judge = own.judge?.(policy, tokenizer) ?? named!;
  const policyHash = await hashWeights(policyFolder);
  return {
    ...inputs,
    policyHash,
    policy,
    base,
    average,
    judge,
    answers,
    manifest: {
      recipe: context.recipeName,
      config: { ...config, precision: bf16 ? 'bf16' : 'fp32' },
      seeds: { seed: config.seed },
      inputs: {
        policy: policyHash,
        judge: judge.id,
        prompts: hashPrompts(prompts.rows),
        ...(own.examples ? { examples: hashExamples(examples) } : {}),
        ...(evaluation === prompts ? {} : { evaluation: hashPrompts(evaluation.rows) }),
      },
      versions: { nashtune: context.version, [engine.backend]: engine.version },
    },
    dispose: () => {
      for (const model of [policy, base, average, judge]) model?.dispose();
    },
  };
}

async function openNamedJudge(
  config: PolicyLoopConfig,
  context: RecipeRun,
  answers: AnswerStore,
  needsVerifier: boolean,
): Promise<Judge> {
  const fetching = { signal: context.signal, onMessage: context.print };
  const precision = choosePrecision(config.precision);
  const judge = await openJudge(config.judge ?? 'default', {
    loadFolder: async (place) => loadJudge(await localFolder(place, fetching), { precision }),
    shipped: SHIPPED_JUDGE,
    column: config.answerColumn,
    option: 'judge',
    models: {
      ...config.judgeModel,
      loadPolicy: async (place) => {
        const folder = await localFolder(place, fetching);
        const [tokenizer, hash] = [await loadTokenizer(folder), await hashWeights(folder)];
        return { policy: await loadPolicy(folder, { frozen: true }), tokenizer, hash };
      },
      store: () => answers.use(),
      optionNames: MODEL_OPTIONS,
    },
  });
  if (needsVerifier && !isVerifier(judge)) throw notAVerifier(context.recipeName, config.judge);
  return judge;
}

const MODEL_OPTIONS = {
  template: 'judgeModel.template',
  baseURL: 'judgeModel.baseURL',
  concurrency: 'judgeModel.concurrency',
  temperature: 'judgeModel.temperature',
  criteria: 'judgeModel.criteria',
};

function notAVerifier(recipe: string, judge: string | undefined): UserError {
  const found = judge === undefined ? 'none, and the default one compares answers' : `"${judge}"`;
  return new UserError(
    'judge.notAVerifier',
    `judge: ${recipe} needs one that tells right answers from wrong ones, found ${found}. Set judge=verifier:numeric, ` +
      'verifier:exact, or judge=./check.ts, a file whose default export is a function (answer, row) => boolean.',
  );
}
