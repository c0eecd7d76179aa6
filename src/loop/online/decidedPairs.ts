import type { JudgmentRow, SampleRow } from '../../../datasets/index.ts';
import { preferenceMatrix, selectPairs } from '../../judges/index.ts';
import { groupByPrompt } from '../groupByPrompt.ts';
import { penalizeUnfinished } from './penalizeUnfinished.ts';

/** The best and the worst answer to a prompt. */
export interface DecidedPair {
  winner: SampleRow;
  loser: SampleRow;
}

export interface DecidedPairsOptions {
  /** Equally good answers: `drop` leaves them out, `first` takes the first one for the winner. */
  ties: 'drop' | 'first';
  /** See `penalizeUnfinished`. */
  missingEosPenalty: number;
}

/** Why prompts gave no pair. */
type Left = 'ties' | 'sameText' | 'notJudged';

/**
 * The answers with the highest and the lowest mean win probability to each prompt, and how many prompts gave none: all
 * answers equally good, winner and loser the same text, or none judged.
 */
export function decidedPairs(
  samples: readonly SampleRow[],
  judgments: readonly JudgmentRow[],
  { ties, missingEosPenalty }: DecidedPairsOptions,
): { pairs: DecidedPair[]; counts: Record<Left, number> } {
  const judged = groupByPrompt(judgments);
  const pairs: DecidedPair[] = [];
  const counts: Record<Left, number> = { ties: 0, sameText: 0, notJudged: 0 };
  for (const [promptId, answers] of groupByPrompt(samples)) {
    const verdicts = (judged.get(promptId) ?? []).map(({ i, j, p_i_beats_j: p }) => ({
      i,
      j,
      pFirst: p === null ? undefined : penalizeUnfinished(p, answers[i]!, answers[j]!, missingEosPenalty),
    }));
    const [found] = selectPairs(preferenceMatrix(answers.length, verdicts));
    if (!found) {
      counts.notJudged += 1;
      continue;
    }
    const [winner, loser] = [answers[found.chosen]!, answers[found.rejected]!];
    const isTie = found.pChosen === found.pRejected;
    if (winner.text === loser.text) counts.sameText += 1;
    else if (isTie && ties === 'drop') counts.ties += 1;
    else pairs.push({ winner, loser });
  }
  return { pairs, counts };
}
