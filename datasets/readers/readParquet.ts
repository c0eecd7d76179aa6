import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { AsyncBuffer } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';
import type { ByteSource } from './byteSource.ts';

/** Bytes a Parquet file starts and ends with. */
export const PARQUET_MAGIC = 'PAR1';

/**
 * Rows of a Parquet file, one row group in memory at a time. Lists become arrays, structs objects, missing values null,
 * 64-bit integers bigints.
 *
 * @throws {UserError} when the file is truncated or damaged
 */
export async function* readParquet(source: ByteSource): AsyncGenerator<Record<string, unknown>> {
  const { name } = source;
  const file = await asyncBuffer(source);
  const metadata = await orDamaged(name, () => parquetMetadataAsync(file));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await orDamaged(name, () => parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd }));
    if (rows.length !== rowEnd - rowStart)
      throw damaged(name, `${rows.length} rows in a group of ${rowEnd - rowStart}`);
    yield* rows;
    rowStart = rowEnd;
  }
}

async function asyncBuffer(source: ByteSource): Promise<AsyncBuffer> {
  const { name, byteLength = 0 } = source;
  const tail = Buffer.from(await source.slice(Math.max(0, byteLength - PARQUET_MAGIC.length), byteLength));
  if (byteLength < 3 * PARQUET_MAGIC.length || tail.toString('latin1') !== PARQUET_MAGIC) {
    throw new UserError(
      'parquet.truncated',
      `${name}: expected a Parquet file that ends in its footer, found ${byteLength} bytes without one: it is ` +
        'truncated. Make it again, or copy it again.',
    );
  }
  return { byteLength, slice: async (start, end = byteLength) => (await source.slice(start, end)).buffer };
}

async function orDamaged<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw damaged(path, reasonOf(error), error);
  }
}

function damaged(path: string, found: string, cause?: unknown): UserError {
  const message = `${path}: expected a whole Parquet file, found damaged content (${found}). Make or copy it again.`;
  return new UserError('parquet.damaged', message, { cause });
}
