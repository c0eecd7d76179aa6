import type { ScoreRow } from '../../datasets/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';
import { balanceScore } from './monitors/balanceScore.ts';

export interface BalancedThresholdOptions {
  /** Score from which on an answer is right. */
  passMark: number;
  /** Those to choose from. */
  thresholds: readonly number[];
  /** Right answers wanted for each prompt: n* of `balanceScore`. */
  target: number;
}

/**
 * The threshold of the score from which on answers are selected for training that gives the best balance of exploration
 * and exploitation, the first of equal ones.
 *
 * @param scores of the answers to some prompts; those without a score are never selected
 * @throws {RangeError} without thresholds
 * @see Zeng et al. 2024, arXiv:2412.17256, section 4
 */
export function balancedThreshold(
  scores: readonly ScoreRow[],
  { passMark, thresholds, target }: BalancedThresholdOptions,
): { threshold: number; balance: number } {
  if (thresholds.length === 0) throw new RangeError('balancedThreshold: expected at least one threshold, got none.');
  const known = [...groupByPrompt(scores).values()].map((rows) => rows.flatMap(({ score }) => score ?? []));
  const rated = thresholds.map((threshold) => {
    const selected = known.map((values) => values.filter((value) => value >= threshold));
    const counts = selected.map((values) => ({
      correct: values.filter((value) => value >= passMark).length,
      total: values.length,
    }));
    return { threshold, balance: balanceScore(counts, target) };
  });
  return rated.reduce((best, other) => (other.balance > best.balance ? other : best));
}
