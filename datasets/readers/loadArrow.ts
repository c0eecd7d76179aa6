import { DataType, StructRow, Vector, tableFromIPC } from 'apache-arrow';
import type { Table } from 'apache-arrow';

import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';
import { readInput } from './readInput.ts';

/** Bytes an Arrow IPC file starts and ends with. */
export const ARROW_MAGIC = 'ARROW1';

/** What a file that is not an Arrow IPC file most likely is. */
function guessFormat(bytes: Buffer): string {
  if (bytes.length === 0) return 'an empty file';
  if (bytes.length >= 4 && bytes.readUInt32LE(0) === 0xffffffff) return 'an Arrow stream';
  if (bytes.toString('latin1', 0, 4) === 'PAR1') return 'a Parquet file';
  return 'other bytes';
}

/**
 * Opens an Arrow IPC file.
 * @throws {UserError} when it is missing, truncated, damaged, compressed or of another format
 */
export async function loadArrow(path: string): Promise<Table> {
  const bytes = await readInput(path);
  if (bytes.toString('latin1', 0, ARROW_MAGIC.length) !== ARROW_MAGIC) {
    const found = guessFormat(bytes);
    throw new UserError(
      'arrow.foreign',
      `${path}: expected an Arrow IPC file, found ${found}. Write it with pyarrow.ipc.new_file, or name another file.`,
    );
  }
  if (bytes.length < 2 * ARROW_MAGIC.length || bytes.toString('latin1', bytes.length - 6) !== ARROW_MAGIC) {
    throw new UserError(
      'arrow.truncated',
      `${path}: expected an Arrow file that ends in its footer, found ${bytes.length} bytes without one: it is ` +
        'truncated. Delete it and make it again, or copy it again.',
    );
  }
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    throw damaged(path, error);
  }
}

/** The error for an Arrow file whose ends are right and whose inside is not. */
export function damaged(path: string, error: unknown): UserError {
  const compressed = reasonOf(error).toLowerCase().includes('compress');
  return new UserError(
    compressed ? 'arrow.compressed' : 'arrow.damaged',
    compressed
      ? `${path}: expected an uncompressed Arrow file, found a compressed one. Write it again with compression=None.`
      : `${path}: expected a whole Arrow file, found damaged content (${reasonOf(error)}). Make or copy it again.`,
    { cause: error },
  );
}

/** An Arrow value as plain JavaScript: lists become arrays, structs become objects, missing values null. */
function plainValue(value: unknown): unknown {
  if (value instanceof Vector) return Array.from(value, plainValue);
  if (value instanceof StructRow) {
    return Object.fromEntries(Object.entries(value.toJSON()).map(([key, item]) => [key, plainValue(item)]));
  }
  return value ?? null;
}

/** Rows of a table as plain objects, one at a time. */
export function* plainRows(table: Table): Generator<Record<string, unknown>> {
  const columns = table.schema.fields.map((field, at) => ({ name: field.name, vector: table.getChildAt(at) }));
  for (let row = 0; row < table.numRows; row++) {
    yield Object.fromEntries(columns.map(({ name, vector }) => [name, plainValue(vector?.get(row))]));
  }
}

/** Whether values of type `found` can stand where `expected` is asked for: the kind counts, the width does not. */
export function accepts(expected: DataType, found: DataType): boolean {
  if (DataType.isDictionary(found)) return accepts(expected, found.dictionary);
  if (DataType.isUtf8(expected)) return DataType.isUtf8(found) || DataType.isLargeUtf8(found);
  if (DataType.isInt(expected)) return DataType.isInt(found);
  if (DataType.isFloat(expected)) return DataType.isFloat(found) || DataType.isInt(found);
  if (DataType.isList(expected)) {
    return (DataType.isList(found) || DataType.isFixedSizeList(found)) && acceptsItem(expected, found);
  }
  if (!DataType.isStruct(expected) || !DataType.isStruct(found)) return false;
  return expected.children.every((field) => {
    const child = found.children.find(({ name }) => name === field.name);
    return child !== undefined && accepts(field.type, child.type);
  });
}

function acceptsItem(expected: DataType, found: DataType): boolean {
  const [want, have] = [expected.children?.[0], found.children?.[0]];
  return want !== undefined && have !== undefined && accepts(want.type, have.type);
}
