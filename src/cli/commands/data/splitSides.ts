import { splitById } from '../../../../datasets/index.ts';
import { randomStream } from '../../../base/seed.ts';

/** How large the sides of a split are: shares that add up to 1, or rows of each side, the rest going to `train`. */
export type Sizes = { shares: Record<string, number> } | { counts: Record<string, number> };

/** The side that gets the rows without a count. */
export const REST = 'train';

/**
 * The side of each row. Rows of one key stay together: by shares, the hash of the key tells the side; by counts, keys are
 * drawn at random as long as their rows fit, so that a side can fall short of its count when keys have many rows.
 *
 * @param keys the key of each row
 */
export function splitSides(keys: readonly string[], sizes: Sizes, seed: number): string[] {
  if ('counts' in sizes) return drawn(keys, sizes.counts, seed);
  const sides = Array<string>(keys.length);
  const rows = keys.map((id, at) => ({ id, at }));
  for (const [side, { rows: own }] of Object.entries(splitById(rows, { seed, shares: sizes.shares }))) {
    for (const { at } of own) sides[at] = side;
  }
  return sides;
}

function drawn(keys: readonly string[], counts: Readonly<Record<string, number>>, seed: number): string[] {
  const sizes = new Map<string, number>();
  for (const key of keys) sizes.set(key, (sizes.get(key) ?? 0) + 1);
  const left = new Map(Object.entries(counts));
  const sideOf = new Map<string, string>();
  for (const key of randomStream(seed, 'data split').shuffle([...sizes.keys()])) {
    const size = sizes.get(key)!;
    const side = [...left].find(([, room]) => room >= size)?.[0] ?? REST;
    sideOf.set(key, side);
    if (side !== REST) left.set(side, left.get(side)! - size);
  }
  return keys.map((key) => sideOf.get(key)!);
}
