import type { RandomStream } from './seed.ts';

/** Keeps every item drawable: the least weight counts as this share of the mean. */
const LEAST = 1e-3;

/**
 * Draws without replacement, each item with a chance in proportion to its weight among those that are left; where all
 * weights are 0, uniformly.
 *
 * @see Efraimidis and Spirakis 2006: the largest u^(1/w) are such a draw
 */
export function weightedDraw<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  size: number,
  random: RandomStream,
): T[] {
  const weights = items.map(weightOf);
  const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
  return items
    .map((item, at) => {
      const weight = mean > 0 ? Math.max(weights[at]!, LEAST * mean) : 1;
      return { item, at, key: Math.log(random.uniform()) / weight };
    })
    .sort((a, b) => b.key - a.key || a.at - b.at)
    .slice(0, size)
    .map(({ item }) => item);
}
