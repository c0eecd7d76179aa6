/** Scores of the answers to one prompt: those that are right, and those that are wrong. */
export interface ScoredPrompt {
  right: readonly number[];
  wrong: readonly number[];
}

/** A prompt of the Ties subset: with many right answers (tied), and the same with a single one (reference). */
export interface TiesPrompt {
  tied: ScoredPrompt;
  reference: ScoredPrompt;
}

/**
 * RewardBench 2's score of its Ties subset: right answers should all beat the wrong ones, by more than they differ among
 * themselves.
 *
 *   gap = (lowest right score) - (highest wrong score),  spread = (highest right score) - (lowest right score) of the tied
 *   0.30 mean(gap_tied > 0) + 0.30 mean(gap_reference > 0) + 0.20 mean(gap_tied > spread)
 *     + 0.20 mean(min(gap_reference, gap_tied) > spread) + 0.01 mean(tanh(min(gap_reference, gap_tied) / spread - 1))
 *
 * The last term is 0 for 0/0, and never counts but to break ties.
 *
 * @throws {RangeError} when there is no prompt, or one has no right or no wrong answer
 * @see Malik et al. 2025, arXiv:2506.01937; rewardbench/utils.py of https://github.com/allenai/reward-bench
 */
export function tiesScore(prompts: readonly TiesPrompt[]): number {
  const empty = prompts.filter(({ tied, reference }) =>
    [tied, reference].some(({ right, wrong }) => right.length === 0 || wrong.length === 0),
  );
  if (prompts.length === 0 || empty.length > 0) {
    throw new RangeError(
      `tiesScore: expected prompts with right and wrong answers, got ${prompts.length}, ${empty.length} without.`,
    );
  }
  const mean = (value: (of: { tied: number; reference: number; spread: number }) => number): number =>
    prompts.reduce((sum, { tied, reference }) => {
      const spread = Math.max(...tied.right) - Math.min(...tied.right);
      return sum + value({ tied: gapOf(tied), reference: gapOf(reference), spread });
    }, 0) / prompts.length;
  return (
    0.3 * mean(({ tied }) => Number(tied > 0)) +
    0.3 * mean(({ reference }) => Number(reference > 0)) +
    0.2 * mean(({ tied, spread }) => Number(tied > spread)) +
    0.2 * mean(({ tied, reference, spread }) => Number(Math.min(tied, reference) > spread)) +
    0.01 * mean(({ tied, reference, spread }) => margin(Math.min(tied, reference) / spread))
  );
}

function gapOf({ right, wrong }: ScoredPrompt): number {
  return Math.min(...right) - Math.max(...wrong);
}

function margin(ratio: number): number {
  return Number.isNaN(ratio) ? 0 : Math.tanh(ratio - 1);
}
