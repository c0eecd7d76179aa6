import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Field } from 'apache-arrow';

import { UserError } from '../../src/base/userError.ts';
import { replaceAtomic } from '../../src/base/writeFileAtomic.ts';
import { inferFields } from './inferFields.ts';
import { writeArrow } from './writeArrow.ts';
import { writeParquet } from './writeParquet.ts';
import { writeCsv, writeJsonLines } from './writeText.ts';

/** Formats of files, by the end of their names. */
const FORMATS = ['.jsonl', '.jsonl.gz', '.csv', '.csv.gz', '.parquet', '.arrow'] as const;

export interface WriteRowsOptions {
  /**
   * Notes on the file, such as how it was made; asked for once the rows have been read a first time, so that they can count
   * them. JSON Lines and CSV have no place for notes.
   */
  metadata?: () => Readonly<Record<string, string>>;
  /** Columns whose types are known; those of others are told from their values. */
  columns?: readonly Field[];
}

/**
 * Writes rows to a file, whole or not at all, in the format that its name ends in: JSON Lines (`.jsonl`), CSV, both also
 * gzipped (`.gz`), Parquet or Arrow. Memory does not grow with the rows. All but JSON Lines have columns of one type, so that
 * the rows are read twice: `rows` gives them anew each time.
 *
 * @throws {UserError} for a name that ends in something else, a folder that does not exist, a file that cannot be written,
 *   and a column of several types
 * @example await writeRows('pairs.parquet', () => rows, { metadata: () => ({ seed: '1' }) });
 */
export async function writeRows(
  path: string,
  rows: () => AsyncIterable<object>,
  { metadata = () => ({}), columns = [] }: WriteRowsOptions = {},
): Promise<void> {
  const format = formatOf(path);
  await checkFolder(path);
  const gzip = format.endsWith('.gz');
  let fields: Field[] = [];
  if (!format.startsWith('.jsonl')) {
    const inferred = await inferFields(path, rows());
    fields = [...columns, ...inferred.filter(({ name }) => !columns.some((column) => column.name === name))];
  }
  try {
    await replaceAtomic(path, async (temporary) => {
      if (format.startsWith('.jsonl')) await writeJsonLines(temporary, rows(), gzip);
      else if (format.startsWith('.csv')) await writeCsv(temporary, rows(), fields, gzip);
      else if (format === '.parquet') await writeParquet(temporary, rows(), fields, metadata());
      else await writeArrow(temporary, rows(), fields, metadata());
    });
  } catch (error) {
    throw writeError(path, error);
  }
}

/**
 * The format that a name ends in.
 *
 * @throws {UserError} when it is none that is written
 */
function formatOf(path: string): (typeof FORMATS)[number] {
  const format = FORMATS.findLast((end) => path.toLowerCase().endsWith(end));
  if (format) return format;
  throw new UserError(
    'write.format',
    `${path}: expected a name that ends in ${FORMATS.join(', ')}, which tells the format. Add one of them.`,
  );
}

async function checkFolder(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() === true) return;
  const found = folder ? 'another thing of that name' : 'none';
  throw new UserError(
    'write.folder',
    `${path}: expected the folder "${dirname(path)}", found ${found}. Make it, or name another file.`,
  );
}

/** Calls of the system that fail when a disk is full or a file may not be written. */
const WRITING = ['open', 'write', 'fsync', 'close', 'rename', 'mkdir'];

/** What the system refuses is for the user to mend; anything else stays as it is. */
function writeError(path: string, error: unknown): unknown {
  const { syscall, code, message } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || syscall === undefined || !WRITING.includes(syscall)) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const step = full ? 'Free some space, or name a file on another disk' : 'Name a file that can be written';
  return new UserError('write.failed', `${path}: expected to write it, got "${message}". Nothing was kept. ${step}.`, {
    cause: error,
  });
}
