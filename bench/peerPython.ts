import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { UserError } from '../src/base/userError.ts';
import { cacheFolder } from '../src/engine/library/libraryLocation.ts';
import { packageRoot } from '../src/recipe/packageRoot.ts';

/** The scripts that do the peers' part, and the list of what they need. */
export function peerFolder(): string {
  return join(packageRoot(), 'bench/peers');
}

/**
 * The interpreter of the Python environment that `bench/peers/setup` makes.
 *
 * @throws {UserError} when it is not there, or was made from another list of packages
 */
export async function peerPython(): Promise<string> {
  const environment = join(cacheFolder(), 'peers');
  const wanted = await readFile(join(peerFolder(), 'requirements.txt'), 'utf8');
  const made = await readFile(join(environment, 'requirements.txt'), 'utf8').catch(() => null);
  if (made === wanted) return join(environment, 'bin/python');
  const found = made === null ? 'none' : 'one with other versions';
  throw new UserError(
    'bench.noPeers',
    `--peer: expected a Python environment in ${environment}, found ${found}. Make it with "${join(peerFolder(), 'setup')}".`,
  );
}
