import { randomStream } from '../../src/base/seed.ts';
import { checkCount } from './checkOption.ts';
import type { TransformEntry } from './recordTransform.ts';
import { rowStream, type RowStream, type Rows } from './rowStream.ts';

/** One of the sets of rows to mix. */
export interface MixSource<T> {
  /** What to call it in the metadata. */
  name: string;
  /** Its rows, or what opens them: a stream that gives its rows once can be started again only by a function. */
  rows: Rows<T> | (() => Rows<T>);
  /** Share of the rows given that come from here, relative to the other weights. */
  weight: number;
  /** What its rows went through, asked when the entry of the mix is: `() => [filtered.entry()]`. */
  transforms?: () => readonly TransformEntry[];
}

export interface MixOptions {
  seed: number | string;
  /**
   * `first-exhausted` (default): until one source has given all its rows. `all-exhausted`: until all have, those that end
   * before starting again. `all-exhausted-without-replacement`: until all have, each row once; weights hold until one ends.
   */
  stop?: 'first-exhausted' | 'all-exhausted' | 'all-exhausted-without-replacement';
  /** Rows to give at most. */
  total?: number;
}

/**
 * Mixes rows of several sources: each row is the next one of a source drawn at random by weight. These are the rules of
 * `datasets.interleave_datasets` with `probabilities`, which are the weights divided by their sum; the draws are not the same
 * ones, and weights of 0 and sources without rows are always refused. Streams, with one row of each source in memory.
 * The entry tells for each source how many rows it gave and what they went through.
 *
 * @throws {RangeError} when a weight is not above 0, names are missing or alike, a source has no rows, or one must start again
 *   that gives its rows once
 * @example mix([{ name: 'ours', rows: ours, weight: 3 }, { name: 'theirs', rows: theirs, weight: 1 }], { seed: 1 });
 */
export function mix<T>(sources: readonly MixSource<T>[], options: MixOptions): RowStream<T> {
  const { seed, stop = 'first-exhausted', total } = options;
  checkSources(sources);
  if (total !== undefined) checkCount('mix', 'total', total, 1);
  const given = sources.map(() => 0);
  const all = sources.map((source) => new SourceReader(source));
  const stream = rowStream({ name: 'mix', options: {} }, mixed(sources, all, options, given), (rows) => rows);
  const described = (): TransformEntry['options'] => ({
    seed,
    stop,
    ...(total !== undefined && { total }),
    sources: sources.map(({ name, weight, transforms }, at) => {
      return { name, weight, rows: given[at]!, transforms: (transforms?.() ?? []).map(asJson) };
    }),
  });
  return { ...stream, entry: () => ({ ...stream.entry(), options: described() }) };
}

/** An entry without its fields that are not there, which no JSON has. */
function asJson({ dropped, truncated, ...entry }: TransformEntry): TransformEntry['options'] {
  return { ...entry, ...(dropped && { dropped }), ...(truncated && { truncated }) };
}

async function* mixed<T>(
  sources: readonly MixSource<T>[],
  readers: readonly SourceReader<T>[],
  { seed, stop = 'first-exhausted', total = Infinity }: MixOptions,
  given: number[],
): AsyncGenerator<T> {
  const random = randomStream(seed, 'mix');
  const whole = sources.reduce((sum, { weight }) => sum + weight, 0);
  const draw = (): number => {
    let left = random.uniform() * whole;
    const at = sources.findIndex(({ weight }) => (left -= weight) < 0);
    // Rounding may leave a rest behind the last.
    return at < 0 ? sources.length - 1 : at;
  };
  const enough = (): boolean =>
    stop === 'first-exhausted' ? readers.some((reader) => reader.ended) : readers.every((reader) => reader.ended);
  try {
    for (let count = 0; count < total && !enough();) {
      const at = draw();
      if (stop === 'all-exhausted-without-replacement' && readers[at]!.ended) continue;
      const row = await readers[at]!.next();
      given[at]!++;
      count++;
      yield row;
    }
  } finally {
    for (const reader of readers) await reader.close();
  }
}

/** Reads a source one row ahead, to know its last row when it gives it, and opens it again after that. */
class SourceReader<T> {
  /** Whether all rows have been given once. */
  ended = false;
  private readonly source: MixSource<T>;
  private iterator: Iterator<T> | AsyncIterator<T> | undefined;
  private ahead: IteratorResult<T> | undefined;

  constructor(source: MixSource<T>) {
    this.source = source;
  }

  async next(): Promise<T> {
    const { name, rows } = this.source;
    this.iterator ??= iteratorOf(typeof rows === 'function' ? rows() : rows);
    const row = this.ahead ?? (await this.iterator.next());
    if (row.done) throw nothingIn(name, this.ended);
    this.ahead = await this.iterator.next();
    if (this.ahead.done) {
      this.ended = true;
      this.iterator = this.ahead = undefined;
    }
    return row.value;
  }

  async close(): Promise<void> {
    await this.iterator?.return?.();
  }
}

function iteratorOf<T>(rows: Rows<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
}

function nothingIn(name: string, again: boolean): RangeError {
  return new RangeError(
    again
      ? `mix: "${name}" must start again and gives its rows once. Hand in a function that opens them, or collect them.`
      : `mix: expected rows in each source, "${name}" has none. Leave it out.`,
  );
}

function checkSources(sources: readonly MixSource<unknown>[]): void {
  const names = sources.map(({ name }) => name);
  if (names.length === 0 || names.includes('') || new Set(names).size < names.length) {
    throw new RangeError(
      `mix: sources must have names of their own, got ${names.map((name) => `"${name}"`).join(', ') || 'none'}. Name each one.`,
    );
  }
  const wrong = sources.find(({ weight }) => !(weight > 0 && weight < Infinity));
  if (!wrong) return;
  throw new RangeError(
    `mix: weight must be a number above 0, "${wrong.name}" has ${wrong.weight}. Correct it, or leave the source out.`,
  );
}
