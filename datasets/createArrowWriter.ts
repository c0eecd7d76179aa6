import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { Field, Schema } from 'apache-arrow';

import { UserError } from '../src/base/userError.ts';
import { fsyncPath, temporaryPath } from '../src/base/writeFileAtomic.ts';
import { checkRows } from './checkRows.ts';
import { fitsArrowType, inferArrowType } from './inferArrowType.ts';
import { listProblems } from './listProblems.ts';
import { TABLES } from './schemas.ts';
import type { TableName, TableRows } from './schemas.ts';
import { ArrowOutput, BATCH_ROWS } from './writers/arrowOutput.ts';

/** Key in a file's metadata that says which of the tables it holds. */
export const TABLE_KEY = 'nashtune.table';

export interface WriteArrowOptions {
  metadata?: Record<string, string>;
  /** Types of columns beyond the table's own; the type of one that is not listed here is inferred from its values. */
  extraColumns?: readonly Field[];
}

type Row = Record<string, unknown>;

/** A file that is written piece by piece, and is there once it is closed. */
export interface ArrowWriter<N extends TableName> {
  /**
   * Adds rows. The first call settles the columns: extra ones that are not listed in the options get the type of their
   * values in it.
   *
   * @throws {UserError} when a row does not fit the table or its extra columns; the file is given up
   */
  write(rows: readonly TableRows[N][]): Promise<void>;
  /** Completes the file under its name. */
  close(): Promise<void>;
  /** Gives the file up: nothing of it stays, and a file of its name as it was. */
  abort(): Promise<void>;
}

/**
 * Begins an Arrow IPC file (uncompressed, plain UTF-8) which may be larger than memory: a record batch of rows is held
 * at a time. It has a temporary name until it is closed. The same rows give the same bytes, however they come.
 *
 * @example
 * const writer = await createArrowWriter('round-01/prompts.arrow', 'prompts');
 * for await (const rows of pieces) await writer.write(rows);
 * await writer.close();
 */
export async function createArrowWriter<N extends TableName>(
  path: string,
  table: N,
  options: WriteArrowOptions = {},
): Promise<ArrowWriter<N>> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryPath(path);
  const handle = await open(temporary, 'wx');
  let schema: Schema | undefined;
  let output: ArrowOutput | undefined;
  let waiting: Row[] = [];
  let before = 0;
  const abort = async (): Promise<void> => {
    await handle.close();
    await rm(temporary, { force: true });
  };
  const orAbort = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      await abort();
      throw error;
    }
  };
  const flush = async (most: number): Promise<void> => {
    let start = 0;
    for (; waiting.length - start > most; start += BATCH_ROWS) {
      await output!.write(waiting.slice(start, start + BATCH_ROWS));
    }
    waiting = waiting.slice(start);
  };
  return {
    abort,
    write: (rows) =>
      orAbort(async () => {
        schema ??= schemaOf(path, table, rows, options);
        output ??= new ArrowOutput(handle, schema);
        // Checked rows are copies: few of them are in memory at a time.
        for (let start = 0; start < rows.length; start += BATCH_ROWS) {
          const checked = checkRows(path, table, rows.slice(start, start + BATCH_ROWS), before);
          checkExtras(path, table, schema, checked, before);
          before += checked.length;
          waiting = [...waiting, ...checked];
          await flush(BATCH_ROWS);
        }
      }),
    close: () =>
      orAbort(async () => {
        output ??= new ArrowOutput(handle, schemaOf(path, table, [], options));
        await flush(0);
        await output.end();
        await handle.sync();
        await handle.close();
        await rename(temporary, path);
        await fsyncPath(dirname(path));
      }),
  };
}

function schemaOf(path: string, table: TableName, rows: readonly Row[], options: WriteArrowOptions): Schema {
  const fields = [...TABLES[table].columns, ...extraFields(path, table, rows, options.extraColumns ?? [])];
  const notes = { ...options.metadata, [TABLE_KEY]: table };
  return new Schema(fields, new Map(Object.entries(notes).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function extraFields(
  path: string,
  table: TableName,
  rows: readonly Record<string, unknown>[],
  known: readonly Field[],
): Field[] {
  const own = new Set<string>(TABLES[table].columns.map((field) => field.name));
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  for (const field of known) names.add(field.name);
  return [...names]
    .filter((name) => !own.has(name))
    .map((name) => {
      const given = known.find((field) => field.name === name);
      if (given) return given;
      const type = inferArrowType(rows.map((row) => row[name]));
      if (type) return new Field(name, type, true);
      throw new UserError(
        'arrow.extraColumn',
        `${path}: expected values of one type in the extra column "${name}", found several. Convert them to text.`,
      );
    });
}

/** Checks values that Arrow would turn into others, or leave out. */
function checkExtras(path: string, table: TableName, schema: Schema, rows: readonly Row[], before: number): void {
  const own = new Set<string>(TABLES[table].columns.map((field) => field.name));
  const extras = new Map(schema.fields.filter(({ name }) => !own.has(name)).map(({ name, type }) => [name, type]));
  const problems: string[] = [];
  for (const [at, row] of rows.entries()) {
    for (const [name, value] of Object.entries(row)) {
      const type = extras.get(name);
      if (own.has(name) || (type && fitsArrowType(value, type))) continue;
      const found = type ? `must be ${String(type)}` : 'is in no row of the first piece';
      problems.push(`row ${before + at + 1}, "${name}" ${found}`);
    }
  }
  if (problems.length === 0) return;
  const fix = 'List these columns in extraColumns, each of a type that holds all of its values.';
  throw new UserError(
    'arrow.extraColumn',
    `${path}: expected values of the types of the extra columns, found:\n${listProblems(problems)}\n${fix}`,
  );
}
