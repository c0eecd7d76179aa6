import { join } from 'node:path';

import { listHub } from '../hub/listHub.ts';
import { resolveHub, type ResolveHubOptions } from '../hub/resolveHub.ts';
import { splitFiles } from './splitFiles.ts';

/** A file of a dataset on the Hub, fetched into the cache. */
export interface HubDataFile {
  /** Such as `hub:datasets/owner/name@main/data/train-00000-of-00001.parquet`. */
  name: string;
  path: string;
}

/**
 * Fetches the files of one split of a dataset on the Hugging Face Hub into the cache that is shared with Python, and
 * nothing else of it.
 *
 * @param place `hub:owner/name@revision:split`; the revision is `main` and the split `train` unless given, and `datasets/`
 *   may stand before the owner. Instead of a split there may be the path of a file, or a pattern.
 * @throws {UserError} as `resolveHub`, and when there is no such split, with those that there are
 */
export async function hubFiles(place: string, options: Omit<ResolveHubOptions, 'files'> = {}): Promise<HubDataFile[]> {
  const [repository = '', ...split] = place.slice('hub:'.length).split(':');
  const reference = `hub:datasets/${repository.replace(/^datasets\//, '')}`;
  const paths = await listHub(reference, options);
  // Offline and never fetched: whoever resolves it says so.
  const files = paths.length === 0 ? undefined : splitFiles(reference, paths.sort(), split.join(':') || 'train');
  const folder = await resolveHub(reference, { ...options, files });
  return (files ?? []).map((path) => ({ name: `${reference}/${path}`, path: join(folder, path) }));
}
