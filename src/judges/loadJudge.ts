import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../base/userError.ts';
import { openWeights } from '../models/index.ts';
import type { Judge } from './judge.ts';
import { loadPairPreferenceLm } from './pairPreferenceLm.ts';
import { loadPairRm } from './pairRm/loadPairRm.ts';
import { HEAD_WEIGHT } from './preferenceEmbedding.ts';
import { loadPreferenceModel } from './preferenceModel.ts';
import { loadRewardModel } from './rewardModel.ts';

const configSchema = z.looseObject({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).optional(),
});

export interface LoadJudgeOptions {
  /** Of PairRM's matrix products; the others compute in fp32. Default `fp32`. */
  precision?: 'fp32' | 'bf16';
}

/**
 * Loads the judge in a folder: a preference model, PairRM, a reward model or a pair-preference language model, as its files
 * tell.
 *
 * @throws {UserError} when they tell none
 * @example const judge = await loadJudge('./my-judge');
 */
export async function loadJudge(folder: string, { precision = 'fp32' }: LoadJudgeOptions = {}): Promise<Judge> {
  const { model_type: type = '', architectures = [] } = await readConfig(folder);
  // Before the weights, which may be a pickle: the loader tells what to take in its place.
  if (/deberta/i.test(type) || architectures.some((name) => /PairRM/i.test(name)))
    return loadPairRm(folder, { precision });
  const weights = await openWeights(folder);
  const names = new Set(weights.entries.keys());
  await weights.close();
  if (names.has('head_layer.1.weight')) return loadPairRm(folder, { precision });
  if (names.has(HEAD_WEIGHT)) return loadPreferenceModel(folder);
  if (names.has('score.weight')) return loadRewardModel(folder);
  if (architectures.some((name) => name.endsWith('ForCausalLM'))) return loadPairPreferenceLm(folder);
  throw new UserError(
    'judge.folder',
    `${folder}: expected a judge, found a model of type "${type}" (${architectures.join(', ') || 'no architecture'}) ` +
      `without ${HEAD_WEIGHT} and score.weight. Give the folder of a preference model, PairRM, a reward model or a ` +
      'pair-preference language model.',
  );
}

async function readConfig(folder: string): Promise<z.infer<typeof configSchema>> {
  const path = join(folder, 'config.json');
  let found: unknown;
  try {
    found = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UserError(
      'judge.folder',
      `${path}: expected the configuration of a model in Hugging Face layout, found ` +
        `${error instanceof SyntaxError ? 'no JSON' : 'no such file'}. Give the folder of a judge.`,
      { cause: error },
    );
  }
  return configSchema.catch({}).parse(found);
}
