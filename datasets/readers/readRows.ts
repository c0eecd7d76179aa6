import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';
import { openFile, type ByteSource } from './byteSource.ts';
import { isArrow } from './openArrow.ts';
import { readArrow } from './readArrow.ts';
import { readLines } from './readLines.ts';
import { PARQUET_MAGIC, readParquet } from './readParquet.ts';

/** A row, or what is wrong with what stands in its place: in which file, and where there (`line 7`, `row 7`). */
export type ReadRow = { file: string; at: string; number: number } & (
  | { row: Record<string, unknown> }
  | { problem: string }
);

/**
 * The rows of JSON Lines, a JSON array, a Parquet or an Arrow file, text also gzip-compressed, told apart by content. JSON
 * Lines are streamed, Parquet row group by row group. What stands in the place of a row and is none comes as a problem.
 *
 * @throws {UserError} when the file is missing, binary or damaged
 */
export async function* readRows(path: string): AsyncGenerator<ReadRow> {
  const source = await openFile(path);
  try {
    const head = await source.head(8);
    if (isArrow(head)) yield* arrowPlaces(source);
    else if (Buffer.from(head).toString('latin1').startsWith(PARQUET_MAGIC)) yield* parquetPlaces(source);
    else yield* textPlaces(source);
  } finally {
    await source.close();
  }
}

async function* arrowPlaces(source: ByteSource): AsyncGenerator<ReadRow> {
  let number = 0;
  for await (const row of readArrow(source)) yield { file: source.name, at: `row ${++number}`, number, row };
}

async function* parquetPlaces(source: ByteSource): AsyncGenerator<ReadRow> {
  let number = 0;
  for await (const row of readParquet(source)) yield { file: source.name, at: `row ${++number}`, number, row };
}

async function* textPlaces(source: ByteSource): AsyncGenerator<ReadRow> {
  // A JSON array cannot be read line by line; its lines are gathered and parsed as a whole.
  let array: string[] | undefined;
  let first = true;
  for await (const { number, text } of readLines(source)) {
    if (text.trim() === '') continue;
    if (first && text.trimStart().startsWith('[')) array = [];
    first = false;
    if (array) array.push(text);
    else yield { file: source.name, at: `line ${number}`, number, ...parseRow(text) };
  }
  if (array) yield* arrayPlaces(source.name, array.join('\n'));
}

function* arrayPlaces(path: string, text: string): Generator<ReadRow> {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (error) {
    throw new UserError(
      'rows.json',
      `${path}: expected a JSON array of objects, found invalid JSON (${reasonOf(error)}). Mend it, or write one object a line.`,
      { cause: error },
    );
  }
  let number = 0;
  for (const row of rows as unknown[]) yield { file: path, at: `row ${++number}`, number, ...checkRow(row) };
}

function parseRow(text: string): { row: Record<string, unknown> } | { problem: string } {
  try {
    return checkRow(JSON.parse(text));
  } catch (error) {
    return { problem: `expected a JSON object, found invalid JSON (${reasonOf(error)})` };
  }
}

function checkRow(row: unknown): { row: Record<string, unknown> } | { problem: string } {
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return { row: row as Record<string, unknown> };
  const text = JSON.stringify(row);
  return { problem: `expected a JSON object, found ${text.length > 40 ? `${text.slice(0, 40)}...` : text}` };
}
