import { randomStream } from '../../src/base/seed.ts';

/** An interval that holds a figure with a probability of 95%. */
export type Interval = readonly [low: number, high: number];

const PROBABILITY = 0.95;

/**
 * The percentile bootstrap interval of a figure over rows: rows are drawn anew with replacement, and the figure computed of
 * each draw.
 *
 * @param figure of the rows at these positions
 * @see Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13
 */
export function bootstrapInterval(
  rows: number,
  figure: (positions: readonly number[]) => number,
  { seed, draws = 1000 }: { seed: number | string; draws?: number },
): Interval {
  const random = randomStream(seed, 'bootstrap');
  // A draw of failed rows alone has no figure.
  const figures = Array.from({ length: draws }, () => figure(Array.from({ length: rows }, () => random.integer(rows))))
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  if (figures.length === 0) return [NaN, NaN];
  const last = figures.length - 1;
  const at = (share: number): number => figures[Math.round(share * last)]!;
  return [at((1 - PROBABILITY) / 2), at((1 + PROBABILITY) / 2)];
}
