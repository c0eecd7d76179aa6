import type { SampleRow, ScoreRow } from '../../datasets/index.ts';

/** The score of each sample as its reward, by the sample's id; those on which the judge failed have none. */
export function scoreRewards(samples: readonly SampleRow[], scores: readonly ScoreRow[]): Map<string, number> {
  const known = new Map(
    scores.flatMap((row): [string, number][] => (row.score === null ? [] : [[keyOf(row), row.score]])),
  );
  return new Map(
    samples.flatMap((sample): [string, number][] => {
      const score = known.get(keyOf(sample));
      return score === undefined ? [] : [[sample.id, score]];
    }),
  );
}

const keyOf = ({ prompt_id, k }: Pick<ScoreRow, 'prompt_id' | 'k'>): string => JSON.stringify([prompt_id, k]);
