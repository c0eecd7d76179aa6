import type { Answer, Comparison, JudgeOptions, Score, ScoringJudge, Verdict } from './judge.ts';
import { progressOver } from './progressOver.ts';
import { sumCosts } from './sumCosts.ts';

export interface CompareByScoresOptions {
  /** Difference of scores that makes odds of e : 1. 0 takes the higher score for the sure winner. */
  temperature: number;
  /** Scores that differ by no more tie. Default 0. */
  tieWithin?: number;
}

/**
 * Turns scores into preferences by the Bradley-Terry model, P(a beats b) = sigmoid((score(a) - score(b)) / temperature):
 * the `compare` of a judge that scores. An answer that stands in several comparisons of an id is scored once.
 *
 * @throws {RangeError} for a negative temperature or tie
 * @example const compare = compareByScores(scorer, { temperature: 1 });
 */
export function compareByScores(
  scorer: Pick<ScoringJudge, 'score'>,
  { temperature, tieWithin = 0 }: CompareByScoresOptions,
): (items: readonly Comparison[], options?: JudgeOptions) => Promise<Verdict[]> {
  if (!(temperature >= 0 && tieWithin >= 0)) {
    throw new RangeError(
      `compareByScores: temperature and tieWithin must be 0 or more, got ${temperature} and ${tieWithin}.`,
    );
  }
  const preference = (a: number, b: number): number => {
    if (Math.abs(a - b) <= tieWithin) return 0.5;
    return temperature === 0 ? Number(a > b) : 1 / (1 + Math.exp((b - a) / temperature));
  };
  return async (items, options = {}) => {
    const places = new Map<string, number>();
    const answers: Answer[] = [];
    const placeOf = ({ id, prompt }: Comparison, answer: string): number => {
      const key = JSON.stringify([id, prompt, answer]);
      const place = places.get(key) ?? answers.push({ id, prompt, answer }) - 1;
      places.set(key, place);
      return place;
    };
    const pairs = items.map((item) => [placeOf(item, item.a), placeOf(item, item.b)] as const);
    const scores = await scorer.score(answers, progressOver(items.length, options));
    return pairs.map(([a, b]) => verdictOf(scores[a]!, scores[b]!, preference));
  };
}

function verdictOf(a: Score, b: Score, preference: (a: number, b: number) => number): Verdict {
  const raw = JSON.stringify([a, b].map(({ score, error, raw }) => ({ score, error, raw })));
  const cost = sumCosts([a, b].flatMap(({ cost }) => cost ?? []));
  const errors = [a, b].flatMap(({ score, error }) => (Number.isFinite(score) ? [] : [error ?? `score ${score}`]));
  if (errors.length > 0) return { error: errors.join('; '), raw, cost };
  return { pFirst: preference(a.score!, b.score!), raw, cost };
}
