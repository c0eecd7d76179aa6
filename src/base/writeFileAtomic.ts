import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { removeOnExit } from './removeOnExit.ts';

/** Names of files that a killed process may leave behind; safe to delete when no run holds the folder's lock. */
export const TEMPORARY_NAME = /^\.[^/]*\.[0-9a-f]{8}\.tmp$/;

/** A name beside `path`, on the same file system, for content that is renamed to `path` once it is complete. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`);
}

/** Flushes a file or folder to disk. */
export async function fsyncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes `path` appear whole or not at all: `write` fills a temporary file beside it, which is fsynced and renamed.
 * The parent folder is created when missing. The temporary file goes with the process, should that end meanwhile.
 */
export async function replaceAtomic(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryPath(path);
  await removeOnExit(temporary, async () => {
    try {
      await write(temporary);
      await fsyncPath(temporary);
      await rename(temporary, path);
      await fsyncPath(dirname(path));
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
  });
}

/** Writes a whole file atomically: temporary name, fsync, rename. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await replaceAtomic(path, async (temporary) => {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(data);
    } finally {
      await handle.close();
    }
  });
}
