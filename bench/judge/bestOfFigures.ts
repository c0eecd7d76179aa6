import { groupBy } from './groupBy.ts';
import { outcomeOf, type JudgedPair } from './judgedPair.ts';

export interface BestOfFigures {
  /** Prompts with one better answer against several others, all judged. */
  prompts: number;
  /** Mean credit: 1 / (answers that share the top) when the better one is at the top, else 0. */
  score: number;
}

/**
 * RewardBench 2's accuracy on one right answer among several, of one subset: the right answer is at the top when it loses to
 * none, and shares the top with those it ties with. With scores this is RewardBench's rule, 1 / (answers of the highest
 * score); judges that compare get a score in the same sense. Guessing gives 1/4 among four.
 *
 * Pairs belong together by prompt and better answer. A prompt of which a comparison failed does not count. Null when no
 * better answer meets more than one other.
 *
 * @see Malik et al. 2025, arXiv:2506.01937; rewardbench/utils.py of https://github.com/allenai/reward-bench
 */
export function bestOfFigures(judged: readonly JudgedPair[]): BestOfFigures | null {
  const groups = groupBy(judged, ({ pair: { prompt, chosen, subset } }) => JSON.stringify([prompt, chosen, subset]));
  const outcomes = [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.map(({ verdict }) => outcomeOf(verdict)))
    .filter((group) => !group.includes('failed'));
  if (outcomes.length === 0) return null;
  const credits = outcomes.map((group) =>
    group.includes('wrong') ? 0 : 1 / (1 + group.filter((outcome) => outcome === 'tie').length),
  );
  return { prompts: credits.length, score: credits.reduce((sum, credit) => sum + credit, 0) / credits.length };
}
