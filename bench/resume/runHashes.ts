import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { hashFile } from 'nashtune/loop';

/** Wall-clock seconds, which no two runs share. */
const TIMINGS = 'timings.jsonl';

/** Content hashes of all files of a run but its timings, by path, in the order of the paths. */
export async function runHashes(folder: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const path of (await readdir(folder, { recursive: true })).sort()) {
    const file = join(folder, path);
    if (path !== TIMINGS && (await stat(file)).isFile()) hashes.set(path, await hashFile(file));
  }
  return hashes;
}
