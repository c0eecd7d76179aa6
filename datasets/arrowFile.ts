import {
  DataType,
  Field,
  RecordBatch,
  Schema,
  Struct,
  Table,
  makeData,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow';
import type { z } from 'zod';

import { UserError } from '../src/base/userError.ts';
import { writeFileAtomic } from '../src/base/writeFileAtomic.ts';
import { inferArrowType, isPassable } from './inferArrowType.ts';
import { listProblems, schemaProblems } from './listProblems.ts';
import { accepts } from './readers/acceptsType.ts';
import { openFile, type ByteSource } from './readers/byteSource.ts';
import { openArrow } from './readers/openArrow.ts';
import { arrowRows } from './readers/readArrow.ts';
import { TABLES } from './schemas.ts';
import type { TableName, TableRows } from './schemas.ts';

/** Key in a file's metadata that says which of the tables it holds. */
const TABLE_KEY = 'nashtune.table';
/** Rows in a record batch: small enough to read a large file piece by piece. */
const BATCH_ROWS = 8192;

export interface ArrowTable<N extends TableName> {
  rows: TableRows[N][];
  /** What the writer noted about the file, such as how it was made. */
  metadata: Record<string, string>;
  /** Columns beyond the table's own. Hand them to {@link writeArrowFile} to keep their types. */
  extraColumns: Field[];
}

export interface WriteArrowOptions {
  metadata?: Record<string, string>;
  /** Types of columns beyond the table's own; the type of one that is not listed here is inferred from its values. */
  extraColumns?: readonly Field[];
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
  const checked = checkRows(path, table, rows);
  const fields = [...TABLES[table].columns, ...extraFields(path, table, checked, options.extraColumns ?? [])];
  const notes = { ...options.metadata, [TABLE_KEY]: table };
  const schema = new Schema(fields, new Map(Object.entries(notes).sort(([a], [b]) => (a < b ? -1 : 1))));
  const batches: RecordBatch[] = [];
  for (let start = 0; start < checked.length; start += BATCH_ROWS) {
    batches.push(recordBatch(schema, checked.slice(start, start + BATCH_ROWS)));
  }
  await writeFileAtomic(path, tableToIPC(new Table(schema, batches), 'file'));
}

function recordBatch(schema: Schema, rows: readonly Record<string, unknown>[]): RecordBatch {
  const children = schema.fields.map((field) => {
    const values = rows.map((row) => row[field.name] ?? null);
    return vectorFromArray(values, field.type).data[0]!;
  });
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children }),
  );
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
  const raw: Record<string, unknown>[] = [];
  for await (const row of arrowRows(path, arrow)) {
    for (const { name } of own) row[name] = ownValue(row[name]);
    raw.push(row);
  }
  const extraColumns = arrow.schema.fields
    .filter((field) => !own.some(({ name }) => name === field.name))
    .map((field) => (DataType.isDictionary(field.type) ? new Field(field.name, field.type.dictionary, true) : field));
  const { [TABLE_KEY]: _, ...metadata } = Object.fromEntries(arrow.schema.metadata);
  return { rows: checkRows(path, table, raw), metadata, extraColumns };
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

function checkRows<N extends TableName>(
  path: string,
  table: N,
  rows: readonly object[],
): (TableRows[N] & Record<string, unknown>)[] {
  const schema: z.ZodType = TABLES[table].row.loose();
  const problems: string[] = [];
  const checked = rows.map((row, at) => {
    const result = schema.safeParse(row);
    if (!result.success) {
      problems.push(...schemaProblems(result.error).map((problem) => `row ${at + 1}, ${problem}`));
    }
    return result.data;
  });
  if (problems.length > 0) {
    throw new UserError(
      'arrow.rows',
      `${path}: expected rows of the table "${table}", found:\n${listProblems(problems)}\nMend these rows at their source.`,
    );
  }
  return checked as (TableRows[N] & Record<string, unknown>)[];
}
