import type { JudgmentRow, SampleRow } from '../../datasets/index.ts';
import { winRateRewards } from '../../losses/index.ts';
import { preferenceMatrix, type PreferenceMatrix } from '../judges/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';

/**
 * The mean probability with which each sample beats the others to its prompt as its reward, by the sample's id. Where the
 * judge failed on a comparison, no answer to that prompt has a reward: they would not have met the same opponents.
 */
export function winRewards(samples: readonly SampleRow[], judgments: readonly JudgmentRow[]): Map<string, number> {
  const judged = groupByPrompt(judgments);
  const rewards = new Map<string, number>();
  for (const [promptId, answers] of groupByPrompt(samples)) {
    const verdicts = (judged.get(promptId) ?? []).map(({ i, j, p_i_beats_j: p }) => ({ i, j, pFirst: p ?? undefined }));
    const matrix = preferenceMatrix(answers.length, verdicts);
    if (answers.length < 2 || !isComplete(matrix)) continue;
    winRateRewards(matrix).forEach((reward, k) => rewards.set(answers[k]!.id, reward));
  }
  return rewards;
}

function isComplete(matrix: PreferenceMatrix): matrix is number[][] {
  return matrix.every((row) => !row.includes(null));
}
