/** Elo points for one nat of strength: 400 points are odds of 10 : 1. */
const POINTS = 400 / Math.LN10;

/** Bradley-Terry strengths on Elo's scale; strength 0 is `anchor`. */
export function eloFromStrengths(strengths: readonly number[], anchor = 1000): number[] {
  return strengths.map((strength) => anchor + POINTS * strength);
}

export interface Game {
  i: number;
  j: number;
  /** Result for i: 1, 0, 1/2 for a tie, or a probability. */
  pFirst: number;
}

/**
 * Elo ratings after games played one after the other: each moves the ratings by k times the difference of result and
 * expectation. They depend on the order of the games; `bradleyTerry` does not.
 *
 * @param options.k default 32
 * @param options.start rating of everybody before the first game, default 1000
 */
export function eloRatings(
  size: number,
  games: readonly Game[],
  options: { k?: number; start?: number } = {},
): number[] {
  const { k = 32, start = 1000 } = options;
  const ratings = Array.from({ length: size }, () => start);
  for (const { i, j, pFirst } of games) {
    const expected = 1 / (1 + Math.exp((ratings[j]! - ratings[i]!) / POINTS));
    ratings[i]! += k * (pFirst - expected);
    ratings[j]! -= k * (pFirst - expected);
  }
  return ratings;
}
