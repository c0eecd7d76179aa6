import type { ScoreRow } from '../../../datasets/index.ts';
import { groupByPrompt } from '../groupByPrompt.ts';

/** How many of a prompt's answers are right. */
export interface CorrectAnswers {
  correct: number;
  /** Answers with a score; one on which the verifier failed does not count. */
  total: number;
}

/**
 * Counts the right answers to each prompt, those with a score of `threshold` or more; prompts without any score are left
 * out.
 *
 * @param threshold default 1, what a verifier gives to a right answer
 */
export function correctAnswers(scores: readonly ScoreRow[], threshold = 1): CorrectAnswers[] {
  return [...groupByPrompt(scores).values()].flatMap((rows) => {
    const known = rows.flatMap(({ score }) => (score === null || score === undefined ? [] : [score]));
    return known.length === 0
      ? []
      : [{ correct: known.filter((score) => score >= threshold).length, total: known.length }];
  });
}
