import { join } from 'node:path';

import { resolveHub, type ResolveHubOptions } from 'nashtune/datasets';

import { checksumOf } from '../../src/base/checksum.ts';
import { UserError } from '../../src/base/userError.ts';

/** The name by which a command line asks for the prior of the leaderboard. */
export const OFFICIAL_LENGTH_PRIOR = 'gpt4_turbo';

/** Their licence (CC-BY-NC-4.0) forbids to ship them. */
const REPOSITORY = 'hub:datasets/tatsu-lab/alpaca_eval@2edc6fad8be6b14ea7230aabfd08188da6b8b814';
const GAMED = {
  name: 'df_gamed.csv',
  sha256: '97aeec3f1c7de6dee6fd31fe66f1702623f4614c3efe1c6fc5f4927cd5fd674d',
};
const DIFFICULTY = {
  name: 'instruction_difficulty.csv',
  sha256: 'e28d875bb334f75e17acd1e4ed659b261860e3db379cf5de29060301bed0a18b',
};

export interface FetchLengthPriorOptions extends Pick<ResolveHubOptions, 'env' | 'signal' | 'onMessage'> {
  /** Hexadecimal, of the two files; default: those of the pinned revision. */
  sha256?: readonly [gamed: string, difficulty: string];
}

/**
 * AlpacaEval's two tables of length control from its dataset on the Hub: fetched into the cache that is shared with Python's
 * `huggingface_hub` unless they are there, and checked by their pinned hashes either way.
 *
 * @returns the paths of df_gamed.csv and instruction_difficulty.csv
 * @throws {UserError} when they cannot be had, or are other files than those pinned
 */
export async function fetchLengthPrior(
  options: FetchLengthPriorOptions = {},
): Promise<[gamed: string, difficulty: string]> {
  const { sha256 = [GAMED.sha256, DIFFICULTY.sha256], ...fetching } = options;
  const names = [GAMED.name, DIFFICULTY.name];
  const folder = await resolveHub(REPOSITORY, { ...fetching, files: names });
  for (const [at, name] of names.entries()) {
    const path = join(folder, name);
    const found = await checksumOf(path, 'sha256', options.signal);
    if (found === sha256[at]) continue;
    throw new UserError(
      'lengthPrior.pinned',
      `--lc-prior ${OFFICIAL_LENGTH_PRIOR}: expected AlpacaEval's ${name} (sha256 ${sha256[at]}), found another file (${found}) ` +
        `at ${path}. Remove it and try again, or give files of your own with --lc-prior.`,
    );
  }
  return [join(folder, GAMED.name), join(folder, DIFFICULTY.name)];
}
