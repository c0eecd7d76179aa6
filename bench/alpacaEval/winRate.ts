/** AlpacaEval's figures that need preferences alone, named as the columns of its leaderboard.csv. */
export interface WinRate {
  /** 100 times the mean preference for the model, in percent. */
  win_rate: number;
  /** Of win_rate: 100 sd / sqrt(n), sd with n - 1; NaN for fewer than two rows. */
  standard_error: number;
  n_wins: number;
  n_wins_base: number;
  n_draws: number;
  /** Rows with a preference. */
  n_total: number;
  /** Wins count 100, draws 50, in percent. */
  discrete_win_rate: number;
}

/**
 * The share of a model's wins from preferences on AlpacaEval's scale: 1 the baseline is better, 2 the model, 1.5 (0 in old
 * files) a draw, null a failed annotation. Whatever lies outside [1, 2] counts as failed.
 *
 * @see alpaca_eval, `metrics/winrate.py`, `get_winrate`
 * @example winRate([2, 1.25, 1.5]).win_rate; // 58.3
 */
export function winRate(preferences: readonly (number | null)[]): WinRate {
  const shares = preferences.flatMap((preference) => {
    const share = modelShare(preference);
    return share === null ? [] : [share];
  });
  const n = shares.length;
  const count = (holds: (share: number) => boolean): number => shares.filter(holds).length;
  const [wins, winsBase, draws] = [
    count((share) => share > 0.5),
    count((share) => share < 0.5),
    count((share) => share === 0.5),
  ];
  return {
    win_rate: 100 * mean(shares),
    standard_error: (100 * standardDeviation(shares)) / Math.sqrt(n),
    n_wins: wins,
    n_wins_base: winsBase,
    n_draws: draws,
    n_total: n,
    discrete_win_rate: (100 * (wins + draws / 2)) / n,
  };
}

/** Probability that the model's output is the better one, from a preference in [1, 2]; null when the annotation failed. */
export function modelShare(preference: number | null): number | null {
  if (preference === 0) return 0.5;
  if (preference === null || !(preference >= 1 && preference <= 2)) return null;
  return preference - 1;
}

/** NaN for none. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** With n - 1 in the denominator; NaN for fewer than two. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) return NaN;
  const center = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - center) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}
