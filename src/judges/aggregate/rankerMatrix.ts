/** A ranker's logits: [i][j] that i beats j where i is shown first. The diagonal is not read. */
export type OrderedLogits = readonly (readonly number[])[];

export interface RankerMatrixOptions {
  /**
   * `pairwise` (default) averages the two orders of each pair, P = sigmoid((L[i][j] - L[j][i]) / 2 / temperature).
   * `sppo-official` is what SPPO's published code does with PairRM: P = sigmoid((s[i] - s[j]) / temperature) with the scores
   * s[i] = mean over j, i included, of L[i][j] - L[j][i]. It is sharper, and has no cycles.
   */
  mode?: 'pairwise' | 'sppo-official';
  /** Default 1. */
  temperature?: number;
}

/**
 * A preference matrix from the logits of a ranker that cares which answer stands first (PairRM).
 *
 * @see Wu et al. 2024, arXiv:2405.00675; https://github.com/uclaml/SPPO (Apache-2.0), scripts/compute_prob.py
 */
export function rankerMatrix(logits: OrderedLogits, options: RankerMatrixOptions = {}): number[][] {
  const { mode = 'pairwise', temperature = 1 } = options;
  const difference = (i: number, j: number): number => (i === j ? 0 : logits[i]![j]! - logits[j]![i]!);
  const scores = rankerScores(logits);
  return logits.map((_, i) =>
    logits.map((__, j) => {
      const logit = mode === 'pairwise' ? difference(i, j) / 2 : scores[i]! - scores[j]!;
      return 1 / (1 + Math.exp(-logit / temperature));
    }),
  );
}

/** PairRM's scores of single answers ("max_logits"): the mean over j, i included, of L[i][j] - L[j][i]. */
export function rankerScores(logits: OrderedLogits): number[] {
  return logits.map((row, i) => {
    const differences = row.map((logit, j) => (i === j ? 0 : logit - logits[j]![i]!));
    return differences.reduce((sum, d) => sum + d, 0) / row.length;
  });
}
