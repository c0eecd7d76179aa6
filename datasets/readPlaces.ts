import { UserError } from '../src/base/userError.ts';
import { reasonOf } from './listProblems.ts';
import { ARROW_MAGIC, damaged, loadArrow, plainRows } from './loadArrow.ts';
import { readInputHead } from './readInput.ts';
import { readLines } from './readLines.ts';
import { PARQUET_MAGIC, readParquet } from './readParquet.ts';

/** A row of a file and the place it stands at, or what is wrong with that place. */
export type Place = { at: string; number: number } & ({ row: Record<string, unknown> } | { problem: string });

/**
 * The rows of JSON Lines, a JSON array, a Parquet or an Arrow file, text also gzip-compressed, told apart by content. JSON
 * Lines are streamed, Parquet row group by row group. What stands in the place of a row and is none comes as a problem.
 *
 * @throws {UserError} when the file is missing, binary or damaged
 */
export async function* readPlaces(path: string): AsyncGenerator<Place> {
  const head = (await readInputHead(path, ARROW_MAGIC.length)).toString('latin1');
  if (head === ARROW_MAGIC) yield* arrowPlaces(path);
  else if (head.startsWith(PARQUET_MAGIC)) yield* parquetPlaces(path);
  else yield* textPlaces(path);
}

async function* arrowPlaces(path: string): AsyncGenerator<Place> {
  const table = await loadArrow(path);
  let number = 0;
  try {
    for (const row of plainRows(table)) yield { at: `row ${++number}`, number, row };
  } catch (error) {
    throw damaged(path, error);
  }
}

async function* parquetPlaces(path: string): AsyncGenerator<Place> {
  let number = 0;
  for await (const row of readParquet(path)) yield { at: `row ${++number}`, number, row };
}

async function* textPlaces(path: string): AsyncGenerator<Place> {
  // A JSON array cannot be read line by line; its lines are gathered and parsed as a whole.
  let array: string[] | undefined;
  let first = true;
  for await (const { number, text } of readLines(path)) {
    if (text.trim() === '') continue;
    if (first && text.trimStart().startsWith('[')) array = [];
    first = false;
    if (array) array.push(text);
    else yield { at: `line ${number}`, number, ...parseRow(text) };
  }
  if (array) yield* arrayPlaces(path, array.join('\n'));
}

function* arrayPlaces(path: string, text: string): Generator<Place> {
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
  for (const row of rows as unknown[]) yield { at: `row ${++number}`, number, ...checkRow(row) };
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
