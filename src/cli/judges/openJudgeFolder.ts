import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../../base/userError.ts';
import type { Judge } from '../../judges/index.ts';
import { parseDevice, parseThreads } from '../engineOptions.ts';
import type { JudgeContext } from './openJudge.ts';

const configSchema = z.looseObject({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).optional(),
});

/**
 * Loads the judge in a folder, or of the Hub; its files tell which kind it is.
 *
 * @throws {UserError} when they tell none
 */
export async function openJudgeFolder(place: string, { args, session }: JudgeContext): Promise<Judge> {
  const [device, threads] = [parseDevice(args.device), parseThreads(args.threads)];
  const { localFolder } = await import('../../../datasets/index.ts');
  const { startEngine } = await import('../../engine/index.ts');
  session.status.update('Loading the judge ...');
  const folder = await localFolder(place, { signal: session.io.interruptSignal(), onMessage: session.note });
  const load = await loaderOf(folder);
  await startEngine({ device, ...(threads === undefined ? {} : { threads }), onNotice: session.note });
  return load(folder);
}

async function loaderOf(folder: string): Promise<(folder: string) => Promise<Judge>> {
  const { HEAD_WEIGHT, loadPairPreferenceLm, loadPairRm, loadPreferenceModel, loadRewardModel } =
    await import('../../judges/index.ts');
  const { openWeights } = await import('../../models/index.ts');
  const { model_type: type = '', architectures = [] } = await readConfig(folder);
  // Before the weights, which may be a pickle: the loader tells what to take in its place.
  if (/deberta/i.test(type) || architectures.some((name) => /PairRM/i.test(name))) return loadPairRm;
  const weights = await openWeights(folder);
  const names = new Set(weights.entries.keys());
  await weights.close();
  if (names.has('head_layer.1.weight')) return loadPairRm;
  if (names.has(HEAD_WEIGHT)) return loadPreferenceModel;
  if (names.has('score.weight')) return loadRewardModel;
  if (architectures.some((name) => name.endsWith('ForCausalLM'))) return loadPairPreferenceLm;
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
