/** A share of wins with its 95% interval. */
export interface WinRate {
  /** Mean outcome, in [0, 1]. */
  rate: number;
  low: number;
  high: number;
  /** Comparisons it rests on. */
  count: number;
}

/** Two-sided 95% quantile of the normal distribution. */
const Z = 1.959963984540054;

/**
 * Mean outcome with its Wilson score interval at 95%. With ties the interval is on the safe side: one half twice varies
 * less than a win and a loss.
 *
 * @param outcomes one per prompt: 1 for a win, 1/2 for a tie, 0 for a loss
 * @throws {RangeError} when there is none, or one lies outside [0, 1]
 * @see Wilson 1927, doi:10.1080/01621459.1927.10502953
 */
export function winRate(outcomes: readonly number[]): WinRate {
  const count = outcomes.length;
  if (count === 0) throw new RangeError('winRate: expected at least one outcome, got none.');
  const wrong = outcomes.filter((outcome) => !(outcome >= 0 && outcome <= 1));
  if (wrong.length > 0) throw new RangeError(`winRate: expected outcomes in [0, 1], got ${wrong.join(', ')}.`);
  const rate = outcomes.reduce((sum, outcome) => sum + outcome, 0) / count;
  const shrink = 1 / (1 + Z ** 2 / count);
  const center = shrink * (rate + Z ** 2 / (2 * count));
  const radius = shrink * Z * Math.sqrt((rate * (1 - rate)) / count + Z ** 2 / (4 * count ** 2));
  return { rate, low: Math.max(0, center - radius), high: Math.min(1, center + radius), count };
}

/** The outcome of one comparison: 1 when the probability is above 1/2, 1/2 when it is just that, else 0. */
export function outcomeOf(probability: number): number {
  if (probability === 0.5) return 0.5;
  return probability > 0.5 ? 1 : 0;
}
