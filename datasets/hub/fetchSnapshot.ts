import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

import { downloadFile } from '../../src/base/downloadFile.ts';
import { makeFolder } from '../../src/base/makeFolder.ts';
import { UserError } from '../../src/base/userError.ts';
import { waitForFolder } from '../../src/base/waitForFolder.ts';
import { authorization, fileAddress, type HubConnection } from './hubApi.ts';
import { blobPath, hasFile, hasSize, isCommit, linkFile, writeRef, type HubCache } from './hubCache.ts';
import { checksumFor, type HubFile } from './hubFile.ts';
import type { HubReference } from './hubReference.ts';
import { writeTree } from './treeCache.ts';

/** How far one file has come. */
export interface HubProgress {
  /** Path in the repository. */
  file: string;
  /** Downloaded so far, by earlier attempts too. */
  receivedBytes: number;
  totalBytes: number;
}

interface Snapshot {
  connection: HubConnection;
  cache: HubCache;
  reference: HubReference;
  commit: string;
  /** All files of the commit. */
  listing: readonly HubFile[];
  /** Those to fetch. */
  wanted: readonly HubFile[];
  onProgress: (progress: HubProgress) => void;
  /** Told once when another process is fetching from the repository and has to be waited for. */
  onMessage: (message: string) => void;
}

/**
 * Fetches the wanted files that the cache lacks. Each appears whole and checked; the revision names the new commit when
 * all are there. Of several processes one fetches and the others wait for it.
 */
export async function fetchSnapshot(snapshot: Snapshot): Promise<void> {
  const { connection, cache, reference, commit, listing, wanted, onMessage } = snapshot;
  await makeFolder(cache.locks);
  const onWait = (holder: string): void =>
    onMessage(`Another process is fetching ${reference.text}; waiting for it. (${holder})`);
  const lock = await waitForFolder(cache.locks, onWait, connection.signal);
  try {
    await makeFolder(join(cache.repository, 'blobs'));
    // First, so that whoever finds this snapshot half done can tell.
    await writeTree(cache, commit, listing);
    const missing: HubFile[] = [];
    for (const file of wanted) if (!(await hasFile(cache, commit, file))) missing.push(file);
    await requireSpace(snapshot, missing);
    for (const file of missing) {
      if (!(await hasSize(blobPath(cache, file), file.size))) await fetchBlob(snapshot, file);
      await linkFile(cache, commit, file);
    }
    if (!isCommit(reference.revision)) await writeRef(cache, reference.revision, commit);
  } finally {
    await lock.release();
  }
}

async function fetchBlob({ connection, cache, reference, commit, onProgress }: Snapshot, file: HubFile): Promise<void> {
  const { settings, signal } = connection;
  const url = fileAddress(settings, reference, commit, file.path);
  await downloadFile({
    url,
    path: blobPath(cache, file),
    part: partPath(cache, file),
    checksum: checksumFor(file),
    size: file.size,
    headers: authorization(settings, url),
    onBytes: (receivedBytes) => onProgress({ file: file.path, receivedBytes, totalBytes: file.size }),
    signal,
    stallMs: settings.stallMs,
  });
}

/**
 * Under a name of our own: what huggingface_hub leaves as `<etag>.incomplete` need not be the file's beginning, and its
 * locks are others than ours. The ending lets `hf cache` find and remove what was never continued.
 */
function partPath(cache: HubCache, file: HubFile): string {
  return `${blobPath(cache, file)}.nashtune.incomplete`;
}

async function requireSpace({ cache, reference }: Snapshot, missing: readonly HubFile[]): Promise<void> {
  let needed = 0;
  for (const file of missing) {
    const part = (await stat(partPath(cache, file)).catch(() => null))?.size ?? 0;
    if (!(await hasSize(blobPath(cache, file), file.size))) needed += Math.max(0, file.size - part);
  }
  const { bavail, bsize } = await statfs(cache.repository);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new UserError(
    'hub.diskSpace',
    `Folder "${cache.repository}": ${gigabytes(needed)} must be free to fetch ${reference.text}, ` +
      `found ${gigabytes(free)}. Free some space, or set HF_HUB_CACHE to a folder on a larger disk.`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
