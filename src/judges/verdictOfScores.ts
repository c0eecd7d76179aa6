import type { Score, Verdict } from './judge.ts';
import { sumCosts } from './sumCosts.ts';

/** How scores become preferences. */
export interface ScorePreference {
  /** Difference of scores that makes odds of e : 1. 0 takes the higher score for the sure winner. */
  temperature: number;
  /** Scores that differ by no more tie. Default 0. */
  tieWithin?: number;
}

/**
 * The `prefer` of a judge that scores: P(a beats b) = sigmoid((score(a) - score(b)) / temperature). A score that is missing
 * or no number leaves no verdict but an error.
 *
 * @throws {RangeError} for a negative temperature or tie
 */
export function verdictOfScores({ temperature, tieWithin = 0 }: ScorePreference): (a: Score, b: Score) => Verdict {
  if (!(temperature >= 0 && tieWithin >= 0)) {
    throw new RangeError(
      `compareByScores: temperature and tieWithin must be 0 or more, got ${temperature} and ${tieWithin}.`,
    );
  }
  const preference = (a: number, b: number): number => {
    if (Math.abs(a - b) <= tieWithin) return 0.5;
    return temperature === 0 ? Number(a > b) : 1 / (1 + Math.exp((b - a) / temperature));
  };
  return (a, b) => {
    const raw = JSON.stringify([a, b].map(({ score, error, raw }) => ({ score, error, raw })));
    const cost = sumCosts([a, b].flatMap(({ cost }) => cost ?? []));
    const errors = [a, b].flatMap(({ score, error }) => (Number.isFinite(score) ? [] : [error ?? `score ${score}`]));
    if (errors.length > 0) return { error: [...new Set(errors)].join('; '), raw, cost };
    return { pFirst: preference(a.score!, b.score!), raw, cost };
  };
}
