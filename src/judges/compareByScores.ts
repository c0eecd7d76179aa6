import type { Answer, Comparison, JudgeOptions, ScoringJudge, Verdict } from './judge.ts';
import { ownPrompt, type Side } from './ownPrompt.ts';
import { progressOver } from './progressOver.ts';
import { verdictOfScores, type ScorePreference } from './verdictOfScores.ts';

/**
 * Turns scores into preferences by the Bradley-Terry model, P(a beats b) = sigmoid((score(a) - score(b)) / temperature):
 * the `compare` of a judge that scores. An answer that stands in several comparisons of an id is scored once.
 *
 * @throws {RangeError} for a negative temperature or tie
 * @example const compare = compareByScores(scorer, { temperature: 1 });
 */
export function compareByScores(
  scorer: Pick<ScoringJudge, 'score'>,
  preference: ScorePreference,
): (items: readonly Comparison[], options?: JudgeOptions) => Promise<Verdict[]> {
  const prefer = verdictOfScores(preference);
  return async (items, options = {}) => {
    const places = new Map<string, number>();
    const answers: Answer[] = [];
    const placeOf = (item: Comparison, side: Side): number => {
      const { id, columns, [side]: answer } = item;
      const prompt = ownPrompt(item, side);
      const key = JSON.stringify([id, prompt, answer]);
      const place = places.get(key) ?? answers.push({ id, prompt, answer, columns }) - 1;
      places.set(key, place);
      return place;
    };
    const pairs = items.map((item) => [placeOf(item, 'a'), placeOf(item, 'b')] as const);
    const scores = await scorer.score(answers, progressOver(items.length, options));
    return pairs.map(([a, b]) => prefer(scores[a]!, scores[b]!));
  };
}
