import { open } from 'node:fs/promises';

import {
  AsyncByteQueue,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  vectorFromArray,
  type Field,
} from 'apache-arrow';

/** Rows in a record batch. */
const BATCH_ROWS = 8192;

/** Writes rows as an Arrow IPC file (uncompressed), one record batch in memory at a time. */
export async function writeArrow(
  path: string,
  rows: AsyncIterable<object>,
  fields: readonly Field[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const notes = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const schema = new Schema([...fields], new Map(notes));
  const pending = new PendingBytes();
  const writer = new RecordBatchFileWriter().reset(pending, schema);
  const handle = await open(path, 'wx');
  try {
    let batch: object[] = [];
    const flush = async (): Promise<void> => {
      if (batch.length > 0) writer.write(recordBatch(schema, batch as Record<string, unknown>[]));
      batch = [];
      for (const bytes of pending.take()) await handle.writeFile(bytes);
    };
    for await (const row of rows) {
      if (batch.push(row) === BATCH_ROWS) await flush();
    }
    await flush();
    writer.finish();
    await flush();
  } finally {
    await handle.close();
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
