import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { cacheFolder, type Environment } from './library/libraryLocation.ts';

/** What tells kinds of processors apart, on x86 and on ARM. */
const KIND =
  /^(?:vendor_id|cpu family|model|model name|stepping|flags|CPU (?:implementer|architecture|variant|part)|Features)\s*:.*$/gm;

/** What a folder may grow to before its oldest half goes. */
const MOST_BYTES = 1e9;

/**
 * The folder in which XLA keeps what it compiled, so that the next process does not compile it again. XLA looks for a function's
 * code by the function alone. What else decides about the code, and so about the last bits of results, names the folder:
 * TensorFlow's version, the kind of processor, the number of threads and XLA_FLAGS. Made where it is missing; the oldest
 * files go when it has grown beyond 1 GB.
 *
 * @param processors the text of /proc/cpuinfo, or whatever tells processors apart
 * @returns null where processors are not known, the folder cannot be had, or TensorFlow could not be told its name
 */
export function xlaCache(
  version: string,
  processors: string,
  threads: number,
  { env = process.env, most = MOST_BYTES }: { env?: Environment; most?: number } = {},
): string | null {
  if (processors === '') return null;
  const first = processors.split('\n\n', 1)[0]!;
  const made = JSON.stringify([first.match(KIND) ?? [], threads, env['XLA_FLAGS'] ?? '']);
  const hash = createHash('sha256').update(made).digest('hex');
  const folder = join(cacheFolder(env), 'xla', `${version}-${hash.slice(0, 12)}`);
  // TensorFlow splits its flags at white space.
  if (/\s/.test(folder)) return null;
  try {
    mkdirSync(folder, { recursive: true });
    prune(folder, most);
    return folder;
  } catch {
    // A cache that cannot be written is no reason not to compute.
    return null;
  }
}

function prune(folder: string, most: number): void {
  const files = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() ? [{ path, bytes: stat.size, written: stat.mtimeMs }] : [];
  });
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes <= most) return;
  files.sort((a, b) => a.written - b.written);
  for (const file of files) {
    if (bytes <= most / 2) return;
    rmSync(file.path, { force: true });
    bytes -= file.bytes;
  }
}
