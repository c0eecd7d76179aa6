import type { CorrectAnswers } from './correctAnswers.ts';

/**
 * B-STaR's balance of exploration and exploitation, averaged over prompts: min(c / n*, 1) * c / n, with c right ones among
 * the n answers that were selected for training. A prompt with none selected counts 0.
 *
 * @param target n*, the right answers wanted for each prompt; default 8, as in the official code
 * @returns in [0, 1]; NaN without prompts
 * @see Zeng et al. 2024, arXiv:2412.17256, section 4
 */
export function balanceScore(selected: readonly CorrectAnswers[], target = 8): number {
  const scores = selected.map(({ correct, total }) =>
    total === 0 ? 0 : (Math.min(correct / target, 1) * correct) / total,
  );
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
