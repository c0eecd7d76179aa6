import type { ByteSource } from '../../../datasets/readers/byteSource.ts';
import { fromFile } from './fromFile.ts';

/** All rows that a reader gives of a file. */
export async function rowsOf<T>(path: string, read: (source: ByteSource) => AsyncIterable<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const row of fromFile(path, read)) rows.push(row);
  return rows;
}
