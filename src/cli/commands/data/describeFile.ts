import { open, stat } from 'node:fs/promises';

import type { Field } from 'apache-arrow';

/** What a file says about itself, without its rows being read. */
export interface FileDescription {
  path: string;
  format: 'Arrow' | 'Arrow stream' | 'Parquet' | 'gzip' | 'zstd' | 'text';
  bytes: number;
  /** Where the format tells. */
  rows?: number;
  metadata: Record<string, string>;
  /** Of an Arrow file. */
  columns: Field[];
}

/** Describes a file on this machine; undefined for another place, such as a folder, a URL or several files. */
export async function describeFile(path: string): Promise<FileDescription | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const format = await formatOf(path);
  const base = { path, format, bytes: found.size, metadata: {}, columns: [] };
  if (format === 'Arrow') return { ...base, ...(await describeArrow(path)) };
  if (format === 'Parquet') return { ...base, ...(await describeParquet(path)) };
  return base;
}

async function formatOf(path: string): Promise<FileDescription['format']> {
  const head = Buffer.alloc(6);
  const handle = await open(path);
  try {
    await handle.read(head, 0, head.length, 0);
  } finally {
    await handle.close();
  }
  const hex = head.toString('hex');
  if (head.toString('latin1') === 'ARROW1') return 'Arrow';
  if (head.toString('latin1').startsWith('PAR1')) return 'Parquet';
  if (hex.startsWith('ffffffff')) return 'Arrow stream';
  if (hex.startsWith('1f8b')) return 'gzip';
  return hex.startsWith('28b52ffd') ? 'zstd' : 'text';
}

type Contents = Pick<FileDescription, 'rows' | 'metadata' | 'columns'>;

async function describeArrow(path: string): Promise<Contents> {
  const { loadArrow } = await import('../../../../datasets/readers/loadArrow.ts');
  const { numRows, schema } = await loadArrow(path);
  return { rows: numRows, metadata: Object.fromEntries(schema.metadata), columns: schema.fields };
}

/** The footer is whole: the rows have been read by it. */
async function describeParquet(path: string): Promise<Contents> {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import('hyparquet');
  const { num_rows: rows, key_value_metadata: notes = [] } = await parquetMetadataAsync(
    await asyncBufferFromFile(path),
  );
  const metadata = Object.fromEntries(notes.map(({ key, value }) => [key, value ?? '']));
  return { rows: Number(rows), metadata, columns: [] };
}
