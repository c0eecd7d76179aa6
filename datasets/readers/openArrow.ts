import { RecordBatchReader } from 'apache-arrow';
import type { RecordBatch, Schema } from 'apache-arrow';

import { UserError } from '../../src/base/userError.ts';
import { listProblems } from '../listProblems.ts';
import { registerArrowCodecs } from './arrowCodecs.ts';
import { damagedArrow, truncatedArrow } from './arrowErrors.ts';
import { arrowMessages } from './arrowMessages.ts';
import { unreadableColumns } from './arrowValues.ts';
import type { ByteSource } from './byteSource.ts';
import { openArrowFile, type ArrowFile } from './openArrowFile.ts';

/** Bytes an Arrow IPC file starts and ends with. */
const MAGIC = 'ARROW1';
/** Bytes an Arrow IPC stream starts with. */
const STREAM_MAGIC = '\u00ff\u00ff\u00ff\u00ff';
/** Bytes before the first record batch: the mark, padded. */
const FILE_PREFIX = 8;
/** Bytes at the end of a file: the length of its footer, and its mark. */
const FILE_END = 4 + MAGIC.length;

/** An opened Arrow IPC stream. */
export interface ArrowStream {
  schema: Schema;
  /** All record batches in their order, one in memory at a time; once only. */
  batches(): AsyncGenerator<RecordBatch>;
}

/** Whether bytes from the start of a file, eight where there are as many, are those of an Arrow IPC file or stream. */
export function isArrow(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString('latin1');
  return text.startsWith(MAGIC) || text.startsWith(STREAM_MAGIC);
}

/**
 * Opens an Arrow IPC file or stream, compressed with LZ4 or Zstandard or not at all. Of a file only the footer and
 * the dictionaries are read; of a stream, its schema.
 *
 * @throws {UserError} when it is truncated, damaged, of another format, has columns of a type without a plain value, or is
 *   a file of which nobody knows the length: its footer is at the end
 * @example for await (const batch of (await openArrow(source)).batches()) console.log(batch.numRows);
 */
export async function openArrow(source: ByteSource): Promise<ArrowFile | ArrowStream> {
  registerArrowCodecs();
  const { name } = source;
  try {
    const arrow = await openEither(source);
    const problems = unreadableColumns(arrow.schema.fields);
    if (problems.length === 0) return arrow;
    const found = `${name}: expected columns that rows can hold, found:\n${listProblems(problems)}\n`;
    throw new UserError('arrow.type', `${found}Cast or drop them.`);
  } catch (error) {
    throw damagedArrow(name, error);
  }
}

async function openEither(source: ByteSource): Promise<ArrowFile | ArrowStream> {
  const head = Buffer.from(await source.head(FILE_PREFIX)).toString('latin1');
  if (head.startsWith(STREAM_MAGIC)) return openStream(source);
  if (!head.startsWith(MAGIC)) throw foreign(source.name, head);
  const { name, byteLength } = source;
  if (byteLength === undefined) {
    const fix = 'Save it as a file without compression around it, or write an Arrow stream.';
    throw new UserError(
      'arrow.length',
      `${name}: expected an Arrow file of known length, found a pipe or stream. ${fix}`,
    );
  }
  const tail = Buffer.from(await source.slice(Math.max(0, byteLength - FILE_END), byteLength));
  if (tail.length < FILE_END || !tail.toString('latin1').endsWith(MAGIC)) {
    throw truncatedArrow(name, 'file that ends in its footer', `${byteLength} bytes without one`);
  }
  const footer = tail.readInt32LE(0);
  if (footer <= 0 || footer > byteLength - FILE_PREFIX - FILE_END) throw new Error(`a footer of ${footer} bytes`);
  const footerEnd = byteLength - FILE_END;
  return openArrowFile(source, byteLength, [footerEnd - footer, footerEnd]);
}

async function openStream(source: ByteSource): Promise<ArrowStream> {
  const { name, byteLength } = source;
  const reader = await RecordBatchReader.from(arrowMessages(name, source.stream(), byteLength));
  await reader.open();
  return { schema: reader.schema, batches: () => streamed(name, reader) };
}

async function* streamed(name: string, reader: AsyncIterable<RecordBatch>): AsyncGenerator<RecordBatch> {
  try {
    yield* reader;
  } catch (error) {
    throw damagedArrow(name, error);
  }
}

function foreign(name: string, head: string): UserError {
  let found = 'other bytes';
  if (head === '') found = 'an empty file';
  else if (head.startsWith('PAR1')) found = 'a Parquet file';
  const message = `${name}: expected an Arrow IPC file or stream, found ${found}. Write it with pyarrow.ipc.new_file, or name another file.`;
  return new UserError('arrow.foreign', message);
}
