import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { AsyncBuffer } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

import { UserError } from '../src/base/userError.ts';
import { reasonOf } from './listProblems.ts';

/** Bytes a Parquet file starts and ends with. */
export const PARQUET_MAGIC = 'PAR1';

/**
 * Rows of a Parquet file, one row group in memory at a time. Lists become arrays, structs objects, missing values null,
 * 64-bit integers bigints.
 *
 * @throws {UserError} when the file is truncated or damaged
 */
export async function* readParquet(path: string): AsyncGenerator<Record<string, unknown>> {
  const handle = await open(path, 'r');
  try {
    const file = await asyncBuffer(path, handle);
    const metadata = await orDamaged(path, () => parquetMetadataAsync(file));
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await orDamaged(path, () => parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd }));
      if (rows.length !== rowEnd - rowStart)
        throw damaged(path, `${rows.length} rows in a group of ${rowEnd - rowStart}`);
      yield* rows;
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}

async function asyncBuffer(path: string, handle: FileHandle): Promise<AsyncBuffer> {
  const byteLength = (await handle.stat()).size;
  const slice = async (start: number, end = byteLength): Promise<ArrayBuffer> => {
    const bytes = new Uint8Array(end - start);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    if (bytesRead < bytes.length) throw new Error(`it ends before byte ${end}`);
    return bytes.buffer;
  };
  const tail = Buffer.from(await slice(Math.max(0, byteLength - PARQUET_MAGIC.length)));
  if (byteLength < 3 * PARQUET_MAGIC.length || tail.toString('latin1') !== PARQUET_MAGIC) {
    throw new UserError(
      'parquet.truncated',
      `${path}: expected a Parquet file that ends in its footer, found ${byteLength} bytes without one: it is ` +
        'truncated. Make it again, or copy it again.',
    );
  }
  return { byteLength, slice };
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
