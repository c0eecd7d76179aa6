import type { JudgmentRow, ScoreRow } from '../../datasets/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';

/**
 * Scores of answers as comparisons of every two of them, by the Bradley-Terry model: P(a beats b) = sigmoid(score(a) -
 * score(b)), so that pairs are picked from scores as from comparisons. Where one of the two has no score there is an error.
 */
export function judgmentsOfScores(scores: readonly ScoreRow[]): JudgmentRow[] {
  return [...groupByPrompt(scores)].flatMap(([promptId, rows]) =>
    rows.flatMap((first, at) =>
      rows.slice(at + 1).map((second): JudgmentRow => {
        const known = first.score !== null && second.score !== null;
        return {
          prompt_id: promptId,
          i: first.k,
          j: second.k,
          p_i_beats_j: known ? 1 / (1 + Math.exp(second.score! - first.score!)) : null,
          error: known ? null : (first.error ?? second.error ?? 'no score'),
          judge_id: first.judge_id,
          raw: null,
        };
      }),
    ),
  );
}
