import type { WorldFiles } from '../world/writeWorldFiles.ts';

/** Recipes whose prompts come with answers. */
const WITH_ANSWERS = new Set(['spin']);

/**
 * Options, as `--set` takes them, of a run of three rounds that lasts about half a minute and is written down often: a checkpoint after every
 * second step.
 */
export function killSettings(recipe: string, files: WorldFiles): string[] {
  const settings = {
    [WITH_ANSWERS.has(recipe) ? 'data.responses' : 'data.prompts']: files.train,
    'data.evaluation': files.heldOut,
    'data.evaluationPrompts': 24,
    'data.promptsPerRound': 24,
    rounds: 3,
    precision: 'fp32',
    'sampling.maxNewTokens': 48,
    'sampling.batchSize': 48,
    'train.learningRate': 1e-4,
    'train.batchSize': 4,
    'train.checkpointEvery': 2,
  };
  return Object.entries(settings).map(([key, value]) => `${key}=${value}`);
}
