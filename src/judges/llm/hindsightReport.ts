import type { Verdict } from '../judge.ts';
import { soundVerdict } from '../soundVerdict.ts';

/** What hindsight changes. */
export interface HindsightReport {
  /** Comparisons with a verdict both at once and in hindsight; all figures are of these. */
  comparisons: number;
  /** Share of them in which the winner at once loses in hindsight; ties turn nothing. Null of none. */
  flips: number | null;
  /** Mean probability that `a` beats `b`. Null of none. */
  winRate: { immediate: number; hindsight: number } | null;
}

/**
 * Compares a judge's verdicts with those of the same judge in hindsight (`withHindsight`), on the same items.
 *
 * @throws {RangeError} when there are not as many of either
 * @example const { flips } = hindsightReport(await judge.compare(items), await withHindsight(judge, simulator).compare(items));
 */
export function hindsightReport(immediate: readonly Verdict[], hindsight: readonly Verdict[]): HindsightReport {
  if (immediate.length !== hindsight.length) {
    throw new RangeError(`hindsightReport: expected the same items, got ${immediate.length} and ${hindsight.length}.`);
  }
  const both = immediate.flatMap((verdict, i) => {
    const [before, after] = [verdict, hindsight[i]!].map(soundVerdict);
    if (before!.error !== undefined || after!.error !== undefined) return [];
    return [{ before: before!.pFirst!, after: after!.pFirst! }];
  });
  if (both.length === 0) return { comparisons: 0, flips: null, winRate: null };
  const mean = (value: (pair: { before: number; after: number }) => number): number =>
    both.reduce((sum, pair) => sum + value(pair), 0) / both.length;
  return {
    comparisons: both.length,
    flips: mean(({ before, after }) => Number((before - 0.5) * (after - 0.5) < 0)),
    winRate: { immediate: mean(({ before }) => before), hindsight: mean(({ after }) => after) },
  };
}
