import type { FileHandle } from 'node:fs/promises';

import {
  AsyncByteQueue,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Struct,
  vectorFromArray,
  type Schema,
} from 'apache-arrow';

/** Rows in a record batch: small enough to read a large file piece by piece. */
export const BATCH_ROWS = 8192;

/** An Arrow IPC file (uncompressed) in the making, one record batch in memory at a time. */
export class ArrowOutput {
  readonly #handle: FileHandle;
  readonly #schema: Schema;
  readonly #pending = new PendingBytes();
  readonly #writer: RecordBatchFileWriter;

  constructor(handle: FileHandle, schema: Schema) {
    this.#handle = handle;
    this.#schema = schema;
    this.#writer = new RecordBatchFileWriter().reset(this.#pending, schema);
  }

  /** Adds a record batch. */
  async write(rows: readonly object[]): Promise<void> {
    this.#writer.write(recordBatch(this.#schema, rows as readonly Record<string, unknown>[]));
    await this.#handOn();
  }

  /** Writes what stands at the end of the file, which stays open. */
  async end(): Promise<void> {
    this.#writer.finish();
    await this.#handOn();
  }

  async #handOn(): Promise<void> {
    for (const bytes of this.#pending.take()) await this.#handle.writeFile(bytes);
  }
}

/** Bytes that wait for the file: the library's own queue takes any number of them. */
class PendingBytes extends AsyncByteQueue {
  #chunks: Uint8Array[] = [];

  override write(chunk: Uint8Array): void {
    // The library goes on to use buffers that rows of the next batch will fill.
    this.#chunks.push(chunk.slice());
  }

  take(): Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}

function recordBatch(schema: Schema, rows: readonly Record<string, unknown>[]): RecordBatch {
  const children = schema.fields.map(({ name, type }) => {
    const values = rows.map((row) => row[name] ?? null);
    return vectorFromArray(values, type).data[0]!;
  });
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: rows.length, nullCount: 0, children }));
}
