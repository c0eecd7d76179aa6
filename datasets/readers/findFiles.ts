import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';

import { glob, isDynamicPattern } from 'tinyglobby';

import { UserError } from '../../src/base/userError.ts';
import { datasetFolderFiles } from './datasetFolder.ts';
import { splitFiles } from './splitFiles.ts';

/**
 * The files on this machine that a path, a pattern (`data/*.jsonl.gz`, `**`) or a folder stands for, sorted. Of a folder
 * they are the data files of one split, as on the Hub, or those that `save_to_disk` of Hugging Face's `datasets` wrote.
 *
 * @throws {UserError} when a pattern or a folder has no files; a path is taken as it is
 */
export async function findFiles(place: string): Promise<string[]> {
  const found = await stat(place).catch(() => null);
  if (found?.isDirectory() === true) return filesOfFolder(place);
  if (found !== null) return [place];
  if (isDynamicPattern(place)) return filesOfPattern(place);
  const colon = place.lastIndexOf(':');
  const folder = colon > 0 ? await stat(place.slice(0, colon)).catch(() => null) : null;
  return folder?.isDirectory() === true ? filesOfFolder(place.slice(0, colon), place.slice(colon + 1)) : [place];
}

async function filesOfPattern(pattern: string): Promise<string[]> {
  const files = await glob(pattern, { expandDirectories: false, absolute: isAbsolute(pattern) });
  if (files.length > 0) return files.sort();
  throw new UserError('input.missing', `${pattern}: expected files that match, found none. Check the pattern.`);
}

async function filesOfFolder(folder: string, split?: string): Promise<string[]> {
  const saved = await datasetFolderFiles(folder, split);
  if (saved) return saved;
  const paths = (await glob('**', { cwd: folder, expandDirectories: false })).sort();
  return splitFiles(folder, paths, split ?? 'train').map((path) => `${folder.replace(/\/+$/, '')}/${path}`);
}
