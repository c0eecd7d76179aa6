import { localFolder, type Tokenizer } from '../../../datasets/index.ts';
import { startEngine } from '../../engine/index.ts';
import { loadJudge, type Judge } from '../../judges/index.ts';
import { hashWeights, loadPolicy, type Policy } from '../../models/index.ts';
import { SHIPPED_JUDGE } from '../../world/assetPaths.ts';
import type { RunManifest } from '../manifest.ts';
import { hashPrompts, policyInputs, type PolicyInputs } from './policyInputs.ts';
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
  manifest: RunManifest;
  dispose(): void;
}

/**
 * Loads what a run needs.
 *
 * @param opened a judge that the recipe made itself
 */
export async function openPlayers(
  config: PolicyLoopConfig,
  context: RecipeRun,
  opened?: (policy: Policy, tokenizer: Tokenizer) => Judge,
): Promise<Players> {
  const engine = await startEngine();
  const inputs = await policyInputs(config, context);
  const { policyFolder, tokenizer, prompts, evaluation, bf16 } = inputs;
  const policy = await loadPolicy(policyFolder);
  const base = await loadPolicy(policyFolder, { frozen: true });
  const average = config.reference === 'ema' ? await loadPolicy(policyFolder) : undefined;
  const fetching = { signal: context.signal, onMessage: context.print };
  const judge =
    opened?.(policy, tokenizer) ?? (await loadJudge(await localFolder(config.judge ?? SHIPPED_JUDGE, fetching)));
  const policyHash = await hashWeights(policyFolder);
  return {
    ...inputs,
    policyHash,
    policy,
    base,
    average,
    judge,
    manifest: {
      recipe: context.recipeName,
      config: { ...config, precision: { training: nameOf(bf16.training), generation: nameOf(bf16.generation) } },
      seeds: { seed: config.seed },
      inputs: {
        policy: policyHash,
        judge: judge.id,
        prompts: hashPrompts(prompts.rows),
        ...(evaluation === prompts ? {} : { evaluation: hashPrompts(evaluation.rows) }),
      },
      versions: { nashtune: context.version, [engine.backend]: engine.version },
    },
    dispose: () => {
      for (const model of [policy, base, average, judge]) model?.dispose();
    },
  };
}

const nameOf = (isBf16: boolean): string => (isBf16 ? 'bf16' : 'fp32');
