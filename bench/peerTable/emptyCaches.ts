import { mkdir, readdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { cacheFolder } from '../../src/engine/library/libraryLocation.ts';

/**
 * Makes folders for XDG_CACHE_HOME in which nothing is compiled yet, but TensorFlow is installed where it is here.
 *
 * @returns `count` paths below `folder`
 */
export async function emptyCaches(folder: string, count: number): Promise<string[]> {
  const present = cacheFolder();
  // No such folder: the library is elsewhere, named by NASHTUNE_TENSORFLOW.
  const names = await readdir(present).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const libraries = names.filter((name) => name.startsWith('tensorflow-'));
  const caches = Array.from({ length: count }, (_, i) => join(folder, String(i + 1)));
  for (const cache of caches) {
    const ours = join(cache, basename(present));
    await mkdir(ours, { recursive: true });
    for (const name of libraries) await symlink(join(present, name), join(ours, name));
  }
  return caches;
}
