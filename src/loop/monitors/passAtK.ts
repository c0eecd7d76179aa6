import type { CorrectAnswers } from './correctAnswers.ts';

/**
 * pass@k: the probability that at least one of k answers drawn without repetition is right, averaged over the prompts
 * with k answers or more. Unbiased: 1 - C(n - c, k) / C(n, k) for c right ones among n.
 *
 * @returns NaN when no prompt has k answers
 * @throws {RangeError} when k is not a whole number from 1 on
 * @see Chen et al. 2021, arXiv:2107.03374, section 2.1
 *
 * @example passAtK([{ correct: 1, total: 4 }], 2) // 0.5
 */
export function passAtK(answers: readonly CorrectAnswers[], k: number): number {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`passAtK: k must be a whole number from 1 on, got ${k}.`);
  const rates = answers.filter(({ total }) => total >= k).map(({ correct, total }) => 1 - allWrong(correct, total, k));
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
}

/** C(n - c, k) / C(n, k), as a product that cannot overflow. */
function allWrong(correct: number, total: number, k: number): number {
  if (total - correct < k) return 0;
  let product = 1;
  for (let i = total - correct + 1; i <= total; i++) product *= 1 - k / i;
  return product;
}
