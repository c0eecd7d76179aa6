import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { hasFile, isCommit, readRef, snapshotFolder, type HubCache } from './hubCache.ts';
import type { HubReference } from './hubReference.ts';
import { matchPaths } from './matchPaths.ts';
import { defaultPatterns, isWeights, selectFiles } from './selectFiles.ts';
import { readTree } from './treeCache.ts';

const shardIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/** What the cache has of a repository: the folder, or what keeps it from being used. */
export type CachedSnapshot = { folder: string } | { missing: string };

/**
 * Looks for a repository in the cache, asking nobody.
 *
 * Where no list of the commit's files is cached (Python fetched them one by one), a model counts as whole when all of its
 * weights are there.
 *
 * @param patterns as in `selectFiles`
 */
export async function findCached(
  cache: HubCache,
  reference: HubReference,
  patterns: readonly string[] | null,
): Promise<CachedSnapshot> {
  const { revision } = reference;
  const commit = isCommit(revision) ? revision : await readRef(cache, revision);
  if (commit === null) return { missing: `its revision "${revision}"` };
  const folder = snapshotFolder(cache, commit);
  if (!(await isFolder(folder))) return { missing: `its commit ${commit}` };
  const missing = await missingFiles(cache, reference, commit, patterns);
  return missing.length === 0 ? { folder } : { missing: missing.join(', ') };
}

async function missingFiles(
  cache: HubCache,
  reference: HubReference,
  commit: string,
  patterns: readonly string[] | null,
): Promise<string[]> {
  const listing = await readTree(cache, commit);
  if (listing === null) return missingByLook(snapshotFolder(cache, commit), reference, patterns);
  const wanted = new Set(
    selectFiles(
      reference,
      listing.map(({ path }) => path),
      patterns,
    ),
  );
  const missing: string[] = [];
  for (const file of listing) {
    if (wanted.has(file.path) && !(await hasFile(cache, commit, file))) missing.push(file.path);
  }
  return missing;
}

async function missingByLook(
  folder: string,
  reference: HubReference,
  patterns: readonly string[] | null,
): Promise<string[]> {
  const wanted = patterns ?? defaultPatterns(reference);
  const found = matchPaths(await filesIn(folder), wanted);
  if (patterns !== null || reference.type === 'dataset') return found.length > 0 ? [] : [wanted.join(', ')];
  const shards = found.includes('model.safetensors.index.json') ? await shardsIn(folder) : [];
  if (shards.length === 0 && !found.some(isWeights)) return ['its weights'];
  return shards.filter((shard) => !found.includes(shard));
}

/** Files below a folder, with slashes; links that lead nowhere are left out. */
export async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { recursive: true })) {
    if ((await stat(join(folder, entry)).catch(() => null))?.isFile()) files.push(entry.replaceAll('\\', '/'));
  }
  return files;
}

async function shardsIn(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'model.safetensors.index.json'), 'utf8');
  try {
    return [...new Set(Object.values(shardIndex.parse(JSON.parse(text)).weight_map))];
  } catch {
    return []; // whoever loads the model will say what is wrong with it
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}
