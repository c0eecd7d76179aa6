import { damagedArrow } from './arrowErrors.ts';
import { plainRows } from './arrowValues.ts';
import type { ByteSource } from './byteSource.ts';
import { openArrow, type ArrowStream } from './openArrow.ts';
import type { ArrowFile } from './openArrowFile.ts';

/**
 * Rows of an Arrow IPC file or stream (see plainValue.ts), one record batch in memory at a time.
 * @throws {UserError} as {@link openArrow} does, and when a record batch is damaged
 */
export async function* readArrow(source: ByteSource): AsyncGenerator<Record<string, unknown>> {
  yield* arrowRows(source.name, await openArrow(source));
}

/**
 * Rows of what {@link openArrow} opened.
 * @throws {UserError} when a record batch is damaged
 */
export async function* arrowRows(
  name: string,
  arrow: ArrowFile | ArrowStream,
): AsyncGenerator<Record<string, unknown>> {
  try {
    for await (const batch of arrow.batches()) yield* plainRows(batch);
  } catch (error) {
    throw damagedArrow(name, error);
  }
}
