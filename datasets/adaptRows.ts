import { basename } from 'node:path';

import type { RawRow } from './adapters/adapter.ts';
import { RowFault } from './adapters/rowFault.ts';
import { rowRecognizer, type AdapterChoice, type Capability, type Recognized } from './adapters/registry.ts';
import { DigestMap } from './digestMap.ts';
import { readRows, type ReadRow } from './readers/readRows.ts';

/** A row that an adapter read. */
export interface GoodRow<T> {
  place: ReadRow;
  id: string;
  /** The row's own `source`, or the name of its file. */
  source: string;
  read: T;
  /** The adapter's name. */
  adapter: string;
}

export interface BadRow {
  place: ReadRow;
  fault: RowFault;
}

/** What rows are read as. */
export interface RowReader<T> {
  wanted: Capability;
  /** What a row holds, or what is wrong with it: always so without an adapter. */
  read: (recognized: Exclude<Recognized, RowFault>) => T | RowFault;
}

export interface AdaptRowsOptions {
  /** Read the first rows only. */
  limit?: number | undefined;
  /** `auto` tells the format of each row (see ADAPTERS); a name or a mapping settles it. */
  adapter?: AdapterChoice | undefined;
}

/**
 * Reads rows by their adapters. A row without `id` is called `<file>:<line>`, with the file's folder where another file of that
 * name came before; an id that is taken is a fault. A limit that is
 * reached ends the reading before the next row, which may be damaged.
 *
 * @throws {UserError} when a file is missing, binary or damaged, or the adapter is unknown
 */
export async function* adaptRows<T>(
  place: string,
  { wanted, read }: RowReader<T>,
  { limit = Infinity, adapter = 'auto' }: AdaptRowsOptions,
): AsyncGenerator<GoodRow<T> | BadRow> {
  const recognize = rowRecognizer(adapter, wanted);
  const takenIds = new TakenIds();
  for await (const found of firstRows(place, limit)) {
    const recognized = 'row' in found ? recognize(found.row) : new RowFault('no-row', found.problem);
    if (recognized instanceof RowFault) {
      yield { place: found, fault: recognized };
      continue;
    }
    const result = read(recognized);
    const { row, adapter: format } = recognized;
    const id = idOf(row) ?? takenIds.freeName(found);
    const fault = result instanceof RowFault ? result : takenIds.take(id, found);
    if (result instanceof RowFault || fault) yield { place: found, fault: fault! };
    else yield { place: found, id, source: sourceOf(row) ?? basename(found.file), read: result, adapter: format!.name };
  }
}

/** The first rows of a dataset; nothing is read beyond them. */
export async function* firstRows(place: string, limit: number): AsyncGenerator<ReadRow> {
  let rows = 0;
  if (limit <= 0) return;
  for await (const found of readRows(place)) {
    yield found;
    if (++rows >= limit) return;
  }
}

/** Ids that were seen, and where. Rows come in the order of their files. */
export class TakenIds {
  readonly #places = new DigestMap();
  /** Files that rows came from, how they count (`line`, `row`), and the number before their first. */
  readonly #files: { file: string; unit: string; before: number }[] = [];
  #last = 0;

  /** What to call a row that has no id: by the name of its file, or by its path where the name was used. */
  freeName({ file, number }: ReadRow): string {
    const name = `${basename(file)}:${number}`;
    return this.#places.has(name) ? `${file}:${number}` : name;
  }

  /** Notes an id; it must not have been seen before. */
  take(id: string, { file, at, number }: Pick<ReadRow, 'file' | 'at' | 'number'>): RowFault | undefined {
    let own = this.#files.at(-1);
    if (own?.file !== file) {
      own = { file, unit: at.slice(0, at.lastIndexOf(' ')), before: this.#last };
      this.#files.push(own);
    }
    this.#last = own.before + number;
    const taken = this.#places.add(id, this.#last);
    if (taken === undefined) return undefined;
    const first = this.#files.findLast(({ before }) => before < taken)!;
    const place = `${first.unit} ${taken - first.before}`;
    const where = first.file === file ? place : `${first.file}, ${place}`;
    return new RowFault('duplicate-id', `the id "${id}" is taken by ${where}`, 'id', id);
  }
}

function idOf({ id }: RawRow): string | undefined {
  const named = (typeof id === 'string' && id !== '') || typeof id === 'number' || typeof id === 'bigint';
  return named ? String(id) : undefined;
}

function sourceOf({ source }: RawRow): string | undefined {
  return typeof source === 'string' && source !== '' ? source : undefined;
}

/** The fault of a row that no adapter knows. */
export function unknownFormat(expected: string, row: RawRow): RowFault {
  const keys = Object.keys(row).map((key) => `"${key}"`);
  const found = keys.length > 0 ? `the keys ${keys.join(', ')}` : 'no keys';
  return new RowFault('unknown-format', `expected ${expected}, found ${found}`);
}
