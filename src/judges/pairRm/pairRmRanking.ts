/** Logits of all ordered pairs of K answers: entry [i][j] has answer i on the left; the diagonal is 0. */
export type LogitMatrix = readonly (readonly number[])[];

/** Scores of K answers, and their ranks from 1; equal scores share the better rank. */
export interface Ranking {
  scores: number[];
  ranks: number[];
}

/** llm-blender's ranking `max_logits`: the mean over all K answers, itself included, of L_ij - L_ji. */
export function rankByMaxLogits(logits: LogitMatrix): Ranking {
  return ranking(logits.map((row, i) => meanOf(row.map((logit, j) => logit - logits[j]![i]!))));
}

/**
 * llm-blender's ranking `max_wins`: wins on the left, plus wins on the right divided by K. The wins on the right count less
 * there, by what looks like an oversight; the scores are reproduced as they are.
 */
export function rankByMaxWins(logits: LogitMatrix): Ranking {
  return ranking(
    logits.map((row, i) => {
      const onLeft = row.filter((logit) => logit > 0).length;
      return onLeft + logits.filter((other) => other[i]! < 0).length / logits.length;
    }),
  );
}

/**
 * Win probabilities as SPPO's official code makes them: sigmoid of the difference of `max_logits` scores, with 0.5 on the
 * diagonal.
 *
 * @see Wu et al. 2024, arXiv:2405.00675, and `compute_prob.py` of its code
 */
export function sppoProbabilities({ scores }: Ranking): number[][] {
  return scores.map((score) => scores.map((other) => 1 / (1 + Math.exp(other - score))));
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function ranking(scores: number[]): Ranking {
  return { scores, ranks: scores.map((score) => 1 + scores.filter((other) => other > score).length) };
}
