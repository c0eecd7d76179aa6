import { createHash } from 'node:crypto';

import { randomStream } from '../../src/base/seed.ts';
import { checkCount, checkShares } from './checkOption.ts';
import type { TransformEntry } from './recordTransform.ts';

export interface SplitByIdOptions<T> {
  seed: number | string;
  /** Part of the rows each side gets about, by name; together 1. */
  shares: Readonly<Record<string, number>>;
  /** What keeps rows together, such as `(row) => row.prompt_id`. Default: the row's `id`. */
  key?: (row: T) => string;
}

export interface SplitByCountOptions {
  seed: number | string;
  /** Rows each side gets, by name. */
  counts: Readonly<Record<string, number>>;
  /** Name of the side that gets all other rows. */
  rest: string;
}

/** The sides of a split, by name: their rows in the order they came, and what to note in the file of each. */
export type SplitRows<T> = Record<string, { rows: T[]; entry: TransformEntry }>;

/**
 * Splits rows by a hash of seed and id (SHA-256, its first 48 bits as a number in [0, 1)): a row stays on its side when
 * others are added, removed or moved, and rows of one key are never parted. Sizes are near the shares, not equal to them.
 * Sides are laid out in the order of their names in `shares`.
 *
 * @throws {RangeError} when shares do not add up to 1
 * @example const { train, test } = splitById(pairs, { seed: 1, shares: { train: 0.95, test: 0.05 }, key: (row) => row.prompt_id });
 */
export function splitById<T extends { id: string }>(rows: readonly T[], options: SplitByIdOptions<T>): SplitRows<T> {
  const { seed, shares, key = (row) => row.id } = options;
  checkShares('splitById', 'shares', shares);
  const names = Object.keys(shares);
  const ends = names.map((_, i) => names.slice(0, i + 1).reduce((sum, name) => sum + shares[name]!, 0));
  const sideOf = (row: T): string => {
    const hash =
      createHash('sha256')
        .update(`${seed}\u0000${key(row)}`)
        .digest()
        .readUIntBE(0, 6) /
      2 ** 48;
    // The last side reaches to 1, whatever rounding made of its end.
    return names[ends.findIndex((end) => hash < end)] ?? names.at(-1)!;
  };
  const byKey = options.key === undefined ? {} : { key: 'function' };
  return gather('splitById', { seed, shares: { ...shares }, ...byKey }, names, rows, rows.map(sideOf));
}

/**
 * Splits rows into sides of exact sizes, drawn at random; the rest goes to the side `rest`. Which rows are drawn depends on
 * the number of rows: use {@link splitById} for a file that grows.
 *
 * @throws {RangeError} when a count is no whole number, there are fewer rows than the counts ask for, or `rest` has a count
 * @example const { train, test } = splitByCount(pairs, { seed: 1, counts: { test: 500 }, rest: 'train' });
 */
export function splitByCount<T>(rows: readonly T[], { seed, counts, rest }: SplitByCountOptions): SplitRows<T> {
  const names = Object.keys(counts);
  for (const name of names) checkCount('splitByCount', `counts.${name}`, counts[name]!, 0);
  if (names.includes(rest)) {
    throw new RangeError(`splitByCount: rest must be a side without a count, got "${rest}". Take it out of counts.`);
  }
  const wanted = names.flatMap((name) => Array.from({ length: counts[name]! }, () => name));
  if (wanted.length > rows.length) {
    throw new RangeError(
      `splitByCount: counts must add up to at most the ${rows.length} rows there are, got ${wanted.length}. Lower them.`,
    );
  }
  const order = randomStream(seed, 'splitByCount').shuffle(rows.map((_, at) => at));
  const sides = rows.map(() => rest);
  for (const [i, name] of wanted.entries()) sides[order[i]!] = name;
  return gather('splitByCount', { seed, counts: { ...counts }, rest }, [...names, rest], rows, sides);
}

function gather<T>(
  name: string,
  options: TransformEntry['options'],
  names: readonly string[],
  rows: readonly T[],
  sides: readonly string[],
): SplitRows<T> {
  const split = names.map((side) => {
    const own = rows.filter((_, at) => sides[at] === side);
    const entry = { name, options: { ...options, side }, rowsIn: rows.length, rowsOut: own.length };
    return [side, { rows: own, entry }] as const;
  });
  return Object.fromEntries(split);
}
