import { openFile, type ByteSource } from './byteSource.ts';
import { findFiles } from './findFiles.ts';
import { isArrow } from './openArrow.ts';
import { openText } from './openText.ts';
import { readArrow } from './readArrow.ts';
import { readCsv } from './readCsv.ts';
import { readJsonArray } from './readJsonArray.ts';
import { readJsonLines } from './readJsonLines.ts';
import { PARQUET_MAGIC, readParquet } from './readParquet.ts';
import type { ReadRow } from './readRow.ts';
import { textFormat } from './textFormat.ts';

export type { ReadRow } from './readRow.ts';

export interface ReadRowsOptions {
  signal?: AbortSignal | undefined;
}

const READERS = { csv: readCsv, jsonArray: readJsonArray, jsonLines: readJsonLines };

/**
 * The rows of JSON Lines, a JSON array, CSV, a Parquet or an Arrow file, text also compressed with gzip or Zstandard, told
 * apart by content. Rows are streamed. What stands in the place of a row and is none comes as a problem.
 *
 * @param place a path, a pattern such as `data/*.jsonl.gz` (its files in sorted order) or a folder of data files, also
 *   `folder:test` for another split than `train`
 * @throws {UserError} when a file is missing, binary or damaged, and the reason of `signal` once that is aborted
 * @example for await (const place of readRows('pairs.jsonl.gz')) if ('row' in place) console.log(place.row);
 */
export async function* readRows(place: string, { signal }: ReadRowsOptions = {}): AsyncGenerator<ReadRow> {
  for (const path of await findFiles(place)) {
    const source = await openFile(path);
    try {
      for await (const batch of readBatches(source)) {
        signal?.throwIfAborted();
        for (const row of batch) yield row;
      }
    } finally {
      await source.close();
    }
  }
}

/** Batches, because a step of an asynchronous generator costs as much as parsing a short row. */
async function* readBatches(source: ByteSource): AsyncGenerator<ReadRow[]> {
  const magic = await source.head(8);
  if (isArrow(magic)) yield* numbered(source.name, readArrow(source));
  else if (Buffer.from(magic).toString('latin1').startsWith(PARQUET_MAGIC)) {
    yield* numbered(source.name, readParquet(source));
  } else {
    const { head, chunks } = await openText(source);
    yield* READERS[textFormat(source.name, head.toString())](source.name, chunks);
  }
}

async function* numbered(file: string, rows: AsyncIterable<Record<string, unknown>>): AsyncGenerator<ReadRow[]> {
  let number = 0;
  for await (const row of rows) yield [{ file, at: `row ${++number}`, number, row }];
}
