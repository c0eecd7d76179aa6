import type { TransformEntry } from './recordTransform.ts';

/** Rows in memory, or arriving one by one. */
export type Rows<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Rows that a transform gives while it reads its own. Can be read once. Equal rows, options and seeds give equal rows, whether
 * they come from memory or stream; so a chain of transforms resumes after n rows when it is made again and the first n rows it
 * gives are skipped.
 */
export interface RowStream<T> extends AsyncIterable<T> {
  /** What the transform did, its rows counted so far: whole once the stream has ended. */
  entry(): TransformEntry;
}

/** Rows in memory, and the transform they come from. */
export interface TransformedRows<T> {
  rows: T[];
  entry: TransformEntry;
}

/** Wraps a generator so that the rows it reads and gives are counted. It counts itself what it adds to `dropped`. */
export function rowStream<In, Out>(
  { name, options, dropped }: Pick<TransformEntry, 'name' | 'options' | 'dropped'>,
  rows: Rows<In>,
  transform: (rows: AsyncIterable<In>) => AsyncIterable<Out>,
): RowStream<Out> {
  let [rowsIn, rowsOut, started] = [0, 0, false];
  async function* counted(): AsyncGenerator<In> {
    for await (const row of rows) {
      rowsIn++;
      yield row;
    }
  }
  return {
    entry: () => ({ name, options, rowsIn, rowsOut, ...(dropped && { dropped: { ...dropped } }) }),
    async *[Symbol.asyncIterator]() {
      // A second reading would count twice, and a source that streams has nothing left to give.
      if (started) throw new RangeError(`${name}: these rows were read before. Keep them with collectRows.`);
      started = true;
      for await (const row of transform(counted())) {
        rowsOut++;
        yield row;
      }
    },
  };
}

/** Reads a stream to its end, into memory. */
export async function collectRows<T>(stream: RowStream<T>): Promise<TransformedRows<T>> {
  const rows: T[] = [];
  for await (const row of stream) rows.push(row);
  return { rows, entry: stream.entry() };
}
