import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';

/** What `datasets` writes about the files of a dataset: their names, in the order of their rows. */
const STATE = 'state.json';
const stateSchema = z
  .object({ _data_files: z.array(z.object({ filename: z.string() })) })
  .transform(({ _data_files: files }) => files.map(({ filename }) => filename));
/** What it writes about a folder of splits, each a folder of its own. */
const SPLITS = 'dataset_dict.json';
const splitsSchema = z.object({ splits: z.array(z.string()) });

/**
 * The Arrow files of a folder that Hugging Face's `save_to_disk` wrote, in the order of their rows; undefined when the
 * folder is of another kind.
 *
 * @param split of a folder of several
 * @throws {UserError} when the folder is incomplete or damaged, has no such split, or has several and none is named
 */
export async function datasetFolderFiles(folder: string, split?: string): Promise<string[] | undefined> {
  const splits = await readJson(join(folder, SPLITS), splitsSchema);
  if (splits) return datasetFiles(join(folder, chosenSplit(folder, splits.splits, split)));
  if (!(await exists(join(folder, STATE)))) return undefined;
  if (split !== undefined) {
    const fix = `Leave "${split}" out.`;
    throw new UserError('dataset.split', `${folder}: expected a folder of several splits, found a single one. ${fix}`);
  }
  return datasetFiles(folder);
}

function chosenSplit(folder: string, splits: readonly string[], split: string | undefined): string {
  const [only] = splits;
  const chosen = split ?? (splits.length === 1 ? only : undefined);
  if (chosen !== undefined && splits.includes(chosen)) return inside(folder, chosen);
  const wanted = split === undefined ? 'the name of a split' : `the split "${split}"`;
  const found = split === undefined ? 'none' : 'others';
  throw new UserError(
    'dataset.split',
    `${folder}: expected ${wanted}, found ${found}. Name one of ${splits.map((name) => `"${name}"`).join(', ')}.`,
  );
}

async function datasetFiles(folder: string): Promise<string[]> {
  const names = await readJson(join(folder, STATE), stateSchema);
  if (!names) throw incomplete(folder, STATE);
  for (const name of names.map((each) => inside(folder, each)))
    if (!(await exists(join(folder, name)))) throw incomplete(folder, name);
  return names.map((name) => join(folder, name));
}

/** A name of a file beside the one that mentions it, which cannot lead out of the folder. */
function inside(folder: string, name: string): string {
  if (name === basename(name) && !['', '.', '..'].includes(name)) return name;
  const message = `${folder}: expected names of its own files, found "${name}". Save it again with save_to_disk.`;
  throw new UserError('dataset.damaged', message);
}

function incomplete(folder: string, name: string): UserError {
  const message = `${folder}: expected a dataset saved by save_to_disk, found no ${name} in it. Copy or save it again.`;
  return new UserError('dataset.incomplete', message);
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  if (!(await exists(path))) return undefined;
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const found = error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error);
    throw new UserError(
      'dataset.damaged',
      `${path}: expected what save_to_disk writes, found other content (${found}). Copy or save the dataset again.`,
      { cause: error },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
