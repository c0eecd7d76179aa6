import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { writeFileAtomic } from '../../src/base/writeFileAtomic.ts';
import type { HubCache } from './hubCache.ts';
import { hubFileSchema, type HubFile } from './hubFile.ts';

const treeSchema = z.object({
  format_version: z.literal(1),
  files: z.record(
    z.string(),
    z.object({
      size: z.number(),
      blob_id: z.string(),
      lfs_sha256: z.string().nullish(),
      xet_hash: z.string().nullish(),
    }),
  ),
});

/** The files of a commit as huggingface_hub (seen with 2.4) or we noted them, null when nobody did. */
export async function readTree(cache: HubCache, commit: string): Promise<HubFile[] | null> {
  const text = await readFile(treePath(cache, commit), 'utf8').catch(() => '');
  try {
    const { files } = treeSchema.parse(JSON.parse(text));
    return Object.entries(files).map(([path, { size, blob_id, lfs_sha256, xet_hash }]) =>
      hubFileSchema.parse({ path, size, blobId: blob_id, sha256: lfs_sha256 ?? null, xetHash: xet_hash ?? null }),
    );
  } catch {
    return null; // another version of the format, or damaged: it will be fetched and written again
  }
}

/** Notes all files of a commit, in the format of huggingface_hub. */
export async function writeTree(cache: HubCache, commit: string, listing: readonly HubFile[]): Promise<void> {
  const sorted = [...listing].sort((a, b) => (a.path < b.path ? -1 : 1));
  const files = Object.fromEntries(
    sorted.map(({ path, size, blobId, sha256, xetHash }) => {
      const lfs = sha256 === null ? {} : { lfs_sha256: sha256, lfs_size: size };
      return [path, { size, blob_id: blobId, ...lfs, ...(xetHash === null ? {} : { xet_hash: xetHash }) }];
    }),
  );
  await writeFileAtomic(treePath(cache, commit), JSON.stringify({ format_version: 1, files }, null, 1));
}

function treePath({ repository }: HubCache, commit: string): string {
  return join(repository, 'trees', `${commit}.json`);
}
