import { statfs } from 'node:fs/promises';

import { UserError } from '../../base/userError.ts';

/** Bytes that this user may still write to the file system of a folder. */
export async function freeDiskBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @throws {UserError} `engine.diskSpace` when fewer than `needed` bytes are free */
export function requireDiskSpace(folder: string, needed: number, free: number): void {
  if (free >= needed) return;
  throw new UserError(
    'engine.diskSpace',
    `Folder "${folder}": ${gigabytes(needed)} must be free to fetch TensorFlow's library, found ${gigabytes(free)}. ` +
      'Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.',
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
