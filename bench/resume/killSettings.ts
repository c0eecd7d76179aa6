import type { WorldFiles } from '../world/writeWorldFiles.ts';

/** Sizes of the run. */
export const KILL_SIZES = { rounds: 3, heldOut: 24 };

/**
 * Options, as `--set` takes them, of a run of three rounds that lasts a minute or less and is written down often: a checkpoint
 * after every second step.
 *
 * @param policy          folder of the policy
 * @param promptsPerRound fewer for a recipe that samples anew at each step
 */
export function killSettings(recipe: string, files: WorldFiles, policy: string, promptsPerRound: number): string[] {
  const { rounds, heldOut } = KILL_SIZES;
  const settings = {
    policy,
    // The only one of the recipes with rounds whose prompts come with answers.
    [recipe === 'spin' ? 'data.responses' : 'data.prompts']: files.train,
    'data.evaluation': files.heldOut,
    'data.evaluationPrompts': heldOut,
    'data.promptsPerRound': promptsPerRound,
    rounds,
    precision: 'fp32',
    'sampling.maxNewTokens': 64,
    'sampling.batchSize': 64,
    'train.learningRate': 1e-3,
    'train.batchSize': 4,
    'train.checkpointEvery': 2,
  };
  return Object.entries(settings).map(([key, value]) => `${key}=${value}`);
}
