import type { ByteSource } from './byteSource.ts';
import { findSources, type FindSourcesOptions } from './findSources.ts';
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

/** How far one file has come. */
export interface ReadProgress {
  file: string;
  /** Of the file as it lies there, compressed or not. */
  readBytes: number;
  /** Undefined where only reading to the end would tell. */
  totalBytes: number | undefined;
}

export interface ReadRowsOptions extends FindSourcesOptions {
  onProgress?: ((progress: ReadProgress) => void) | undefined;
}

const READERS = { csv: readCsv, jsonArray: readJsonArray, jsonLines: readJsonLines };

/**
 * The rows of JSON Lines, a JSON array, CSV, a Parquet or an Arrow file, text also compressed with gzip or Zstandard, told
 * apart by content. Rows are streamed. What stands in the place of a row and is none comes as a problem.
 *
 * @param place one of
 *   - a path, or a pattern such as `data/*.jsonl.gz`, whose files are read in sorted order;
 *   - a folder of data files: those of the split `train`, or of another in `folder:test`; or a folder of
 *     `save_to_disk`, where one of several splits has to be named;
 *   - an address, `https://host/pairs.jsonl.gz`, read in ranges where the server gives them;
 *   - a dataset of the Hugging Face Hub, `hub:owner/name@revision:split`, of which the files of the split are fetched into
 *     the cache that Python shares.
 * @throws {UserError} when a file is missing, binary or damaged, and the reason of `signal` once that is aborted
 * @example for await (const place of readRows('pairs.jsonl.gz')) if ('row' in place) console.log(place.row);
 */
export async function* readRows(place: string, options: ReadRowsOptions = {}): AsyncGenerator<ReadRow> {
  const { signal, onProgress } = options;
  for (const open of await findSources(place, options)) {
    const opened = await open();
    const source = onProgress === undefined ? opened : withProgress(opened, onProgress);
    try {
      for await (const batch of readBatches(source)) {
        signal?.throwIfAborted();
        for (const row of batch) yield row;
      }
    } catch (error) {
      // A reader may have taken the broken transfer for a damaged file.
      signal?.throwIfAborted();
      throw error;
    } finally {
      await source.close();
    }
  }
}

/** Tells of the bytes that are read for the first time; what a reader looks up behind them counts as read with them. */
function withProgress(source: ByteSource, onProgress: (progress: ReadProgress) => void): ByteSource {
  const { name: file, byteLength: totalBytes } = source;
  let readBytes = 0;
  const reach = (bytes: number): void => {
    if (bytes <= readBytes) return;
    readBytes = bytes;
    onProgress({ file, readBytes, totalBytes });
  };
  return {
    ...source,
    async *stream() {
      let end = 0;
      for await (const chunk of source.stream()) {
        yield chunk;
        reach((end += chunk.length));
      }
    },
    async slice(start, end) {
      const bytes = await source.slice(start, end);
      // The footer of a table lies at its end and is read first.
      if (end !== totalBytes || start <= readBytes) reach(end);
      return bytes;
    },
  };
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
