import { randomStream } from '../../src/base/seed.ts';
import { checkCount } from './checkOption.ts';
import { rowStream, type RowStream, type Rows } from './rowStream.ts';

export interface SampleOptions {
  /** Rows to take; all of them where there are fewer. */
  count: number;
  /** Seed of the draw. Without one the first rows are taken, and reading stops there. */
  seed?: number | string;
}

/**
 * Takes rows: the first `count`, or with a seed as many drawn at random, each set of them as likely as any other
 * (reservoir sampling, Algorithm R). A draw reads all rows and holds `count` of them; they keep the order they came in.
 *
 * @throws {RangeError} when count is no whole number
 * @see Vitter 1985, Random sampling with a reservoir, ACM TOMS 11(1), Algorithm R
 */
export function sample<T>(rows: Rows<T>, { count, seed }: SampleOptions): RowStream<T> {
  checkCount('sample', 'count', count, 0);
  const options = seed === undefined ? { count } : { count, seed };
  return rowStream({ name: 'sample', options }, rows, (source) =>
    seed === undefined ? first(source, count) : drawn(source, count, seed),
  );
}

async function* first<T>(source: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  if (count === 0) return;
  let taken = 0;
  for await (const row of source) {
    yield row;
    if (++taken === count) return;
  }
}

async function* drawn<T>(source: AsyncIterable<T>, count: number, seed: number | string): AsyncGenerator<T> {
  const random = randomStream(seed, 'sample');
  const held: { row: T; at: number }[] = [];
  let at = 0;
  for await (const row of source) {
    const place = held.length < count ? held.length : random.integer(at + 1);
    if (place < count) held[place] = { row, at };
    at++;
  }
  for (const { row } of held.toSorted((a, b) => a.at - b.at)) yield row;
}
