import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it; one that exists is fine.
 *
 * `mkdir` of Node with `recursive` is no substitute: under `/proc` it never returns (seen with Node 20), and on a
 * read-only file system it reports ENOENT.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) {
      await makeFolder(dirname(path));
      await mkdir(path).catch((again: unknown) => acceptFolder(path, again));
    } else await acceptFolder(path, error);
  }
}

/** Passes over the failure to make a folder when there is one. */
async function acceptFolder(path: string, error: unknown): Promise<void> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw error;
}
