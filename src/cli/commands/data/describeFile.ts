import { stat } from 'node:fs/promises';

import type { Field } from 'apache-arrow';

import { openFile, type ByteSource } from '../../../../datasets/readers/byteSource.ts';
import { isArrow, openArrow } from '../../../../datasets/readers/openArrow.ts';
import { openText } from '../../../../datasets/readers/openText.ts';
import { PARQUET_MAGIC } from '../../../../datasets/readers/readParquet.ts';
import { textFormat } from '../../../../datasets/readers/textFormat.ts';

/** What a file says about itself, without its rows being read. */
export interface FileDescription {
  /** Such as `JSON Lines, gzip`. */
  format: string;
  bytes: number;
  /** Where the format tells. */
  rows?: number;
  metadata: Record<string, string>;
  /** Of Arrow. */
  columns: Field[];
}

type Contents = Omit<FileDescription, 'bytes'>;

const TEXT_FORMATS = { jsonLines: 'JSON Lines', jsonArray: 'JSON array', csv: 'CSV' } as const;

/**
 * Describes a file on this machine; undefined for another place, such as a folder, a URL or several files.
 *
 * @throws {UserError} when it is unreadable or damaged
 */
export async function describeFile(path: string): Promise<FileDescription | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const source = await openFile(path);
  try {
    return { bytes: found.size, ...(await contentsOf(source)) };
  } finally {
    await source.close();
  }
}

async function contentsOf(source: ByteSource): Promise<Contents> {
  const magic = Buffer.from(await source.head(8));
  if (isArrow(magic)) return describeArrow(source);
  if (magic.toString('latin1').startsWith(PARQUET_MAGIC)) return describeParquet(source.name);
  const { head } = await openText(source);
  const format = TEXT_FORMATS[textFormat(source.name, head.toString())];
  return { format: `${format}${compression(magic.toString('hex'))}`, metadata: {}, columns: [] };
}

function compression(hex: string): string {
  if (hex.startsWith('1f8b')) return ', gzip';
  return hex.startsWith('28b52ffd') ? ', Zstandard' : '';
}

async function describeArrow(source: ByteSource): Promise<Contents> {
  const arrow = await openArrow(source);
  const { metadata, fields: columns } = arrow.schema;
  const base = { metadata: Object.fromEntries(metadata), columns };
  if (!('countRows' in arrow)) return { format: 'Arrow stream', ...base };
  return { format: 'Arrow', rows: await arrow.countRows(), ...base };
}

/** The footer is whole: the rows have been read by it. */
async function describeParquet(path: string): Promise<Contents> {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import('hyparquet');
  const { num_rows: rows, key_value_metadata: notes = [] } = await parquetMetadataAsync(
    await asyncBufferFromFile(path),
  );
  const metadata = Object.fromEntries(notes.map(({ key, value }) => [key, value ?? '']));
  return { format: 'Parquet', rows: Number(rows), metadata, columns: [] };
}
