import type { PreferenceMatrix } from './preferenceMatrix.ts';

/**
 * The mean probability of each answer to beat the others: the mean of its row over the entries that are known.
 *
 * SPPO's estimate of P(y beats the policy) has the answer itself among its opponents, at 1/2, which shrinks the rate by
 * (K - 1) / K towards 1/2; `excluded` is without it.
 *
 * @returns null for an answer of which nothing is known
 * @see Wu et al. 2024, arXiv:2405.00675, section 4
 */
export function winRates(
  matrix: PreferenceMatrix,
  options: { self?: 'included' | 'excluded' } = {},
): (number | null)[] {
  const { self = 'included' } = options;
  return matrix.map((row, i) => {
    const others = row.filter((p, j) => p !== null && j !== i) as number[];
    if (others.length === 0) return null;
    const known = self === 'included' ? [...others, 0.5] : others;
    return known.reduce((sum, p) => sum + p, 0) / known.length;
  });
}
