import type { FileHandle } from 'node:fs/promises';

import { RecordBatchReader } from 'apache-arrow';
import type { AsyncRecordBatchFileReader, RecordBatch, Schema } from 'apache-arrow';

import { damagedArrow } from './arrowErrors.ts';
import { CONTINUATION } from './arrowMessages.ts';
import type { ByteSource } from './byteSource.ts';
import { arrowBlocks, checkArrowMessage, type ArrowBlock } from './checkArrowMetadata.ts';

/** An opened Arrow IPC file. */
export interface ArrowFile {
  schema: Schema;
  batchCount: number;
  /**
   * The record batch at `index`, from 0.
   * @throws {UserError} when it is damaged
   */
  batch(index: number): Promise<RecordBatch>;
  /** All record batches in their order, one in memory at a time. */
  batches(): AsyncGenerator<RecordBatch>;
  /** Rows of all record batches; reads the head of each. */
  countRows(): Promise<number>;
}

/** Bytes before the first message of a file: its mark, padded. */
const FILE_PREFIX = 8;
/** Bytes between the last message and the footer: at most an end mark and padding, less than any message. */
const MOST_PADDING = 64;

/**
 * Opens an Arrow IPC file whose ends are right; of the rest, only the footer and the dictionaries are read.
 *
 * @param footerStart where the footer begins
 * @param footerEnd where it ends
 * @throws {Error} when these are damaged
 */
export async function openArrowFile(
  source: ByteSource,
  byteLength: number,
  [footerStart, footerEnd]: [number, number],
): Promise<ArrowFile> {
  const { batches, dictionaries } = arrowBlocks(await source.slice(footerStart, footerEnd));
  await checkBlocks(source, [...dictionaries, ...batches], footerStart);
  for (const block of dictionaries) checkArrowMessage(await metadataOf(source, block));
  const handle = new SourceHandle(source, byteLength);
  // Has the type of Node's file handles, of which apache-arrow uses what there is here.
  const reader = (await RecordBatchReader.from(handle as unknown as FileHandle)) as AsyncRecordBatchFileReader;
  await reader.open();
  const { schema } = reader;
  const read = async (index: number): Promise<RecordBatch> => {
    const block = batches[index];
    if (!block) throw new Error(`no record batch ${index}, there are ${batches.length}`);
    checkArrowMessage(await handle.readAhead(block), schema.fields);
    const batch = await reader.readRecordBatch(index);
    handle.forget();
    if (batch) return batch;
    throw new Error(`record batch ${index} is not where the footer says`);
  };
  // The reader has one position, so its reads wait for each other.
  let last: Promise<unknown> = Promise.resolve();
  const batch = (index: number): Promise<RecordBatch> => {
    const result = last.then(() => read(index)).catch((error) => Promise.reject(damagedArrow(source.name, error)));
    last = result.catch(() => undefined);
    return result;
  };
  return {
    schema,
    batchCount: batches.length,
    batch,
    async *batches() {
      for (let index = 0; index < batches.length; index++) yield await batch(index);
    },
    async countRows() {
      let rows = 0;
      for (const block of batches) rows += await rowsOf(source, block, schema);
      return rows;
    },
  };
}

/** Checks that the blocks lie before the footer, and that nothing else does: a record batch that it left out would be lost. */
async function checkBlocks(source: ByteSource, blocks: readonly ArrowBlock[], footerStart: number): Promise<void> {
  let end = FILE_PREFIX;
  for (const { offset, metadataLength, bodyLength } of blocks) {
    if (offset < FILE_PREFIX || metadataLength <= 8 || bodyLength < 0) throw new Error('a footer points nowhere');
    end = Math.max(end, offset + metadataLength + bodyLength);
  }
  if (end > footerStart) throw new Error('a footer points beyond its file');
  // Without record batches there may be the schema again.
  const left = footerStart - end;
  if (blocks.length === 0 && left > MOST_PADDING) {
    const metadataLength = new DataView((await source.slice(end + 4, end + 8)).buffer).getInt32(0, true) + 8;
    checkArrowMessage(await metadataOf(source, { offset: end, metadataLength, bodyLength: 0 }), 'schema');
    end += metadataLength;
  }
  if (footerStart - end > MOST_PADDING) throw new Error(`${footerStart - end} bytes that its footer does not mention`);
}

/** Rows of a record batch, as its head says. */
async function rowsOf(source: ByteSource, block: ArrowBlock, { fields }: Schema): Promise<number> {
  try {
    return checkArrowMessage(await metadataOf(source, block), fields);
  } catch (error) {
    throw damagedArrow(source.name, error);
  }
}

async function metadataOf(source: ByteSource, { offset, metadataLength }: ArrowBlock): Promise<Uint8Array> {
  return metadataIn(await source.slice(offset, offset + metadataLength));
}

/** What a message says of itself, without the length in front of it. */
function metadataIn(bytes: Uint8Array): Uint8Array {
  const marked = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === CONTINUATION;
  return bytes.subarray(marked ? 8 : 4);
}

/** What apache-arrow reads of a file: a part of Node's file handles. */
class SourceHandle {
  readonly fd = -1;
  /** A part that was read ahead: a record batch costs one read instead of four. */
  #ahead: { start: number; bytes: Uint8Array } | undefined;
  readonly #source: ByteSource;
  readonly #byteLength: number;

  constructor(source: ByteSource, byteLength: number) {
    this.#source = source;
    this.#byteLength = byteLength;
  }

  stat(): Promise<{ size: number }> {
    return Promise.resolve({ size: this.#byteLength });
  }

  /** Keeps the bytes of a block until they are forgotten, and gives its metadata. */
  async readAhead({ offset, metadataLength, bodyLength }: ArrowBlock): Promise<Uint8Array> {
    const bytes = await this.#source.slice(offset, offset + metadataLength + bodyLength);
    this.#ahead = { start: offset, bytes };
    return metadataIn(bytes.subarray(0, metadataLength));
  }

  forget(): void {
    this.#ahead = undefined;
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<object> {
    const { start, bytes } = this.#ahead ?? { start: 0, bytes: new Uint8Array() };
    const held = position >= start && position + length <= start + bytes.length;
    const found = held
      ? bytes.subarray(position - start, position - start + length)
      : await this.#source.slice(position, position + length);
    buffer.set(found, offset);
    return { bytesRead: length, buffer };
  }
}
