import type { AdaptedPair, AdaptedResponse, ScoredAnswers } from './adapter.ts';
import { pairOfAnswers } from './pairOfAnswers.ts';
import { RowFault } from './rowFault.ts';

/** One of several answers to a prompt, with a score and the name of its place in the row. */
export type ScoredAnswer = AdaptedResponse & { score: number; at: string };

/** The pairs of scored answers, or why there are none. Answers with equal scores make no pair, nor do equal texts. */
export function scoredPairs(
  field: string,
  answers: readonly ScoredAnswer[],
  { pairs, minMargin }: ScoredAnswers,
): AdaptedPair[] | RowFault {
  if (answers.length < 2) {
    return new RowFault('wrong-value', `expected two ${field} or more, found ${answers.length}`, field);
  }
  // Sorting is stable: of equal scores the first is the best and the last the worst.
  const ranked = answers.toSorted((a, b) => b.score - a.score);
  const candidates =
    pairs === 'all'
      ? ranked.flatMap((better, at) => ranked.slice(at + 1).map((worse) => [better, worse] as const))
      : [[ranked[0]!, ranked.at(-1)!] as const];
  const apart = candidates.filter(([a, b]) => margin(a, b) > 0 && margin(a, b) >= minMargin);
  if (apart.length === 0) {
    const wanted = minMargin > 0 ? `at least ${minMargin} apart` : 'that differ';
    const found = ranked.map(({ score }) => score);
    const tied = found[0] === found.at(-1);
    const why = `expected two scores ${wanted} in "${field}", found ${found.join(', ')}`;
    return new RowFault(tied ? 'tie' : 'margin', why, field, found);
  }
  const made: AdaptedPair[] = [];
  let fault: RowFault | undefined;
  for (const [better, worse] of apart) {
    const pair = pairOfAnswers(better.prompt, better.response, worse.response, [better.at, worse.at]);
    if (pair instanceof RowFault) fault ??= pair;
    else made.push({ ...pair, scoreMargin: margin(better, worse) });
  }
  return fault && made.length === 0 ? fault : made;
}

const margin = (better: ScoredAnswer, worse: ScoredAnswer): number => better.score - worse.score;

/** The answer alone, without the place of its score. */
export function responseOfScored({ prompt, response, score, generator }: ScoredAnswer): AdaptedResponse {
  return { prompt, response, score, ...(generator === undefined ? {} : { generator }) };
}
