import { DataType, Field } from 'apache-arrow';
import type { Schema } from 'apache-arrow';

import { UserError } from '../src/base/userError.ts';
import { checkRows } from './checkRows.ts';
import { TABLE_KEY, createArrowWriter, type WriteArrowOptions } from './createArrowWriter.ts';
import { isPassable } from './inferArrowType.ts';
import { listProblems } from './listProblems.ts';
import { accepts } from './readers/acceptsType.ts';
import { openFile, type ByteSource } from './readers/byteSource.ts';
import { openArrow } from './readers/openArrow.ts';
import { arrowRows } from './readers/readArrow.ts';
import { TABLES } from './schemas.ts';
import type { TableName, TableRows } from './schemas.ts';
import { BATCH_ROWS } from './writers/arrowOutput.ts';

export interface ArrowTable<N extends TableName> {
  rows: TableRows[N][];
  /** What the writer noted about the file, such as how it was made. */
  metadata: Record<string, string>;
  /** Columns beyond the table's own. Hand them to {@link writeArrowFile} to keep their types. */
  extraColumns: Field[];
}

/**
 * Writes rows as an Arrow IPC file (uncompressed, plain UTF-8), atomically. Keys beyond the table's columns are kept as
 * extra columns. The same rows give the same bytes.
 *
 * @throws {UserError} when a row does not fit the table; up to five are listed
 * @example await writeArrowFile('round-01/prompts.arrow', 'prompts', rows, { metadata: { seed: '1' } });
 */
export async function writeArrowFile<N extends TableName>(
  path: string,
  table: N,
  rows: readonly TableRows[N][],
  options: WriteArrowOptions = {},
): Promise<void> {
  const writer = await createArrowWriter(path, table, options);
  await writer.write(rows);
  await writer.close();
}

/**
 * Reads a table written by {@link writeArrowFile}, pyarrow or another Arrow writer. Integers and floats may have any
 * width, text may be dictionary-encoded, a column that may be null may be missing.
 *
 * @throws {UserError} when the file is missing, truncated, of another format or of another table, or has bad rows
 */
export async function readArrowTable<N extends TableName>(path: string, table: N): Promise<ArrowTable<N>> {
  const source = await openFile(path);
  try {
    return await tableOf(source, table);
  } finally {
    await source.close();
  }
}

async function tableOf<N extends TableName>(source: ByteSource, table: N): Promise<ArrowTable<N>> {
  const { name: path } = source;
  const arrow = await openArrow(source);
  checkColumns(path, table, arrow.schema);
  const own = TABLES[table].columns;
  const rows: ArrowTable<N>['rows'] = [];
  let raw: Record<string, unknown>[] = [];
  // Checked rows are copies: few of those they are made from are in memory at a time.
  const takeChecked = (): void => {
    for (const row of checkRows(path, table, raw, rows.length)) rows.push(row);
    raw = [];
  };
  for await (const row of arrowRows(path, arrow)) {
    for (const { name } of own) row[name] = ownValue(row[name]);
    raw.push(row);
    if (raw.length === BATCH_ROWS) takeChecked();
  }
  takeChecked();
  const extraColumns = arrow.schema.fields
    .filter((field) => !own.some(({ name }) => name === field.name))
    .map((field) => (DataType.isDictionary(field.type) ? new Field(field.name, field.type.dictionary, true) : field));
  const { [TABLE_KEY]: _, ...metadata } = Object.fromEntries(arrow.schema.metadata);
  return { rows, metadata, extraColumns };
}

/**
 * The rows of {@link readArrowTable} alone.
 * @example const pairs = await readArrowFile('round-01/pairs.arrow', 'pairs');
 */
export async function readArrowFile<N extends TableName>(path: string, table: N): Promise<TableRows[N][]> {
  return (await readArrowTable(path, table)).rows;
}

/** 64-bit integers of other writers become numbers in our own columns. */
function ownValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(ownValue);
  return value ?? null;
}

function checkColumns(path: string, table: TableName, schema: Schema): void {
  const problems: string[] = [];
  for (const want of TABLES[table].columns) {
    const found = schema.fields.find((field) => field.name === want.name);
    const nothing = found === undefined || DataType.isNull(found.type);
    if (nothing && !want.nullable) problems.push(`column "${want.name}" (${String(want.type)}) is missing`);
    if (!nothing && !accepts(want.type, found.type)) {
      problems.push(`column "${want.name}" must be ${String(want.type)}, is ${String(found.type)}`);
    }
  }
  for (const field of schema.fields) {
    const extra = !TABLES[table].columns.some(({ name }) => name === field.name);
    if (extra && !isPassable(field.type)) {
      problems.push(`extra column "${field.name}" is ${String(field.type)}, which is not kept: cast or drop it`);
    }
  }
  if (problems.length === 0) return;
  const holds = schema.metadata.get(TABLE_KEY);
  const found = holds !== undefined && holds !== table ? `the table "${holds}"` : 'other columns';
  throw new UserError(
    'arrow.columns',
    `${path}: expected the table "${table}", found ${found}:\n${listProblems(problems)}\nName a file of "${table}".`,
  );
}
