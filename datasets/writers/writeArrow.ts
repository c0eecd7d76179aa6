import { open } from 'node:fs/promises';

import { Schema, type Field } from 'apache-arrow';

import { ArrowOutput, BATCH_ROWS } from './arrowOutput.ts';

/** Writes rows as an Arrow IPC file, one record batch in memory at a time. */
export async function writeArrow(
  path: string,
  rows: AsyncIterable<object>,
  fields: readonly Field[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const notes = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const handle = await open(path, 'wx');
  try {
    const output = new ArrowOutput(handle, new Schema([...fields], new Map(notes)));
    let batch: object[] = [];
    for await (const row of rows) {
      if (batch.push(row) < BATCH_ROWS) continue;
      await output.write(batch);
      batch = [];
    }
    if (batch.length > 0) await output.write(batch);
    await output.end();
  } finally {
    await handle.close();
  }
}
