import { readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { makeFolder } from '../../src/base/makeFolder.ts';
import { writeFileAtomic } from '../../src/base/writeFileAtomic.ts';
import { blobName, commitSchema, type HubFile } from './hubFile.ts';
import type { HubReference } from './hubReference.ts';

/**
 * A repository's place in the cache that is shared with Python's huggingface_hub: `blobs/<etag>` holds bytes,
 * `snapshots/<commit>/<path>` links to them, `refs/<revision>` names a commit, `trees/<commit>.json` lists its files.
 *
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export interface HubCache {
  /** Such as `<cache>/models--owner--name`. */
  repository: string;
  /** Where the lock and scratch files of this repository are, out of sight of those who scan the cache. */
  locks: string;
}

// What systems and disks without symbolic links say to one.
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

export function hubCache(root: string, { type, name }: HubReference): HubCache {
  const folder = [`${type}s`, ...name.split('/')].join('--');
  return { repository: join(root, folder), locks: join(root, '.locks', folder) };
}

export function isCommit(revision: string): boolean {
  return commitSchema.safeParse(revision).success;
}

export function snapshotFolder({ repository }: HubCache, commit: string): string {
  return join(repository, 'snapshots', commit);
}

export function blobPath({ repository }: HubCache, file: HubFile): string {
  return join(repository, 'blobs', blobName(file));
}

/** The commit that a revision was when somebody last fetched it, null when nobody did. */
export async function readRef({ repository }: HubCache, revision: string): Promise<string | null> {
  const text = await readFile(join(repository, 'refs', revision), 'utf8').catch(() => '');
  return commitSchema.safeParse(text.trim()).data ?? null;
}

/** Needs the lock. */
export async function writeRef({ repository, locks }: HubCache, revision: string, commit: string): Promise<void> {
  const path = join(repository, 'refs', revision);
  await makeFolder(dirname(path));
  // huggingface_hub takes every file below refs for one, also a temporary that a killed process left there.
  const scratch = join(locks, 'ref');
  await writeFileAtomic(scratch, commit);
  await rename(scratch, path);
}

export async function hasSize(path: string, size: number): Promise<boolean> {
  return (await stat(path).catch(() => null))?.size === size;
}

/** Whether a snapshot holds a file in its full length; hashing it each time would take too long. */
export async function hasFile(cache: HubCache, commit: string, { path, size }: HubFile): Promise<boolean> {
  return hasSize(join(snapshotFolder(cache, commit), path), size);
}

/** Makes the bytes of a file appear in a snapshot. Needs the lock. */
export async function linkFile(cache: HubCache, commit: string, file: HubFile): Promise<void> {
  const blob = blobPath(cache, file);
  const path = join(snapshotFolder(cache, commit), file.path);
  await makeFolder(dirname(path));
  await rm(path, { force: true });
  try {
    await symlink(relative(dirname(path), blob), path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // As huggingface_hub does.
    if (NO_LINKS.has(code)) await rename(blob, path);
    else if (code !== 'EEXIST') throw error; // somebody else has linked it at the same time
  }
}
