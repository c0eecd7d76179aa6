import type { PairRow, SampleRow, TokenizedPair } from '../../datasets/index.ts';
import type { LabelledPairs } from '../training/index.ts';

/**
 * Pairs of the `pairs` table as a trainer takes them. A pair made of samples trains on their token ids, never on text
 * tokenized again.
 *
 * @param samples all that the pairs name
 */
export function pairExamples(pairs: readonly PairRow[], samples: readonly SampleRow[]): LabelledPairs {
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  return {
    pairs: pairs.map((pair): TokenizedPair => {
      const chosen = byId.get(pair.chosen_sample_id ?? '');
      const rejected = byId.get(pair.rejected_sample_id ?? '');
      if (!chosen || !rejected)
        throw new Error(`Pair ${pair.id} names samples that are not in the files of its round.`);
      return {
        id: pair.id,
        promptIds: chosen.prompt_token_ids,
        chosenIds: chosen.token_ids,
        rejectedIds: rejected.token_ids,
      };
    }),
    labels: pairLabels(pairs),
  };
}

/** Labels that every row of the `pairs` table has. */
export const PAIR_LABELS = ['chosenProbsWin', 'chosenProbsLose', 'chosenProbs', 'softLabels'] as const;

/** What the `pairs` table says of each pair, under the names that losses give it. */
function pairLabels(pairs: readonly (PairRow & ScoredPair)[]): LabelledPairs['labels'] {
  const probabilities: Record<(typeof PAIR_LABELS)[number], number[]> = {
    chosenProbsWin: pairs.map((pair) => pair.p_chosen),
    chosenProbsLose: pairs.map((pair) => pair.p_rejected),
    chosenProbs: pairs.map((pair) => pair.p_chosen_beats_rejected),
    softLabels: pairs.map((pair) => pair.p_chosen_beats_rejected),
  };
  if (!pairs.every(hasScores)) return probabilities;
  const [chosen, rejected] = [pairs.map((pair) => pair.chosen_score), pairs.map((pair) => pair.rejected_score)];
  return {
    ...probabilities,
    chosenGtRewards: chosen,
    rejectedGtRewards: rejected,
    chosenValues: chosen,
    rejectedValues: rejected,
  };
}

/** Columns of pairs made by scores. */
interface ScoredPair {
  chosen_score?: unknown;
  rejected_score?: unknown;
}

function hasScores<Pair extends ScoredPair>(
  pair: Pair,
): pair is Pair & { chosen_score: number; rejected_score: number } {
  return typeof pair.chosen_score === 'number' && typeof pair.rejected_score === 'number';
}
