import { bootstrapInterval, type Interval } from '../alpacaEval/bootstrapInterval.ts';
import { mean } from '../alpacaEval/winRate.ts';

/** Answers to one prompt: what the judge that chooses says of each, and what counts. */
export interface ChosenAnswers {
  proxy: readonly number[];
  gold: readonly number[];
}

/** The best of n at one n. */
export interface BestOfPoint {
  n: number;
  /** Mean gold score of the answer that the proxy puts first among n. */
  value: number;
  /** Upper bound of KL(best of n || policy), nats: log n - (n - 1) / n. */
  kl: number;
  /** 95% bootstrap interval of the value, over prompts. */
  interval: Interval;
}

/**
 * The best-of-n curve: over all subsets of n of the K answers to a prompt, the mean gold score of the one with the highest
 * proxy score; ties share. Unbiased, since every subset is as likely as n fresh answers:
 *
 *   sum over ranks i = n..K, worst first, of C(i - 1, n - 1) / C(K, n) gold_(i)
 *
 * It ends at the fewest answers that a prompt has.
 *
 * @throws {RangeError} without prompts, or when a prompt has no answer
 * @see Nakano et al. 2021, arXiv:2112.09332, appendix I (estimator); Gao et al. 2022, arXiv:2210.10760, section 2;
 *   Stiennon et al. 2020, arXiv:2009.01325, appendix G.3 (KL); Beirami et al. 2024, arXiv:2401.01879 (it is a bound)
 */
export function bestOfN(prompts: readonly ChosenAnswers[], { seed = 1 }: { seed?: number } = {}): BestOfPoint[] {
  const most = prompts.reduce((fewest, { proxy }) => Math.min(fewest, proxy.length), Infinity);
  if (!Number.isFinite(most) || most === 0) throw new RangeError('bestOfN: expected prompts with answers.');
  const sorted = prompts.map(worstFirst);
  return Array.from({ length: most }, (_, at) => {
    const n = at + 1;
    const values = sorted.map((gold) => ofSubsets(gold, n));
    const over = (positions: readonly number[]): number => mean(positions.map((row) => values[row]!));
    const interval = bootstrapInterval(values.length, over, { seed });
    return { n, value: mean(values), kl: Math.log(n) - (n - 1) / n, interval };
  });
}

/** Gold scores by rising proxy score; where that ties, each has the mean of those that tie. */
function worstFirst({ proxy, gold }: ChosenAnswers): number[] {
  const order = Array.from(proxy.keys()).sort((a, b) => proxy[a]! - proxy[b]!);
  return order.map((at) => {
    const alike = order.filter((other) => proxy[other] === proxy[at]);
    return alike.reduce((sum, other) => sum + gold[other]!, 0) / alike.length;
  });
}

function ofSubsets(gold: readonly number[], n: number): number {
  const count = gold.length;
  // C(i - 1, n - 1) / C(K, n) from i = K down: n / K, then times (i - n) / (i - 1) each.
  let [weight, sum] = [n / count, 0];
  for (let i = count; i >= n; i--) {
    sum += weight * gold[i - 1]!;
    weight *= i > 1 ? (i - n) / (i - 1) : 0;
  }
  return sum;
}
