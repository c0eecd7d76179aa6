import { checkNotNegative, checkOneOf } from './checks.ts';
import { LOSSES } from './registry.ts';
import type { LossEntry } from './types.ts';
import { weightedSum } from './weightedSum.ts';

export type NllTerm = {
  /** Weight of the term, >= 0. */
  alpha: number;
  /** Mean over the batch's `tokens` (default), as in TRL, or over each `sequence`, as in Iterative RPO. */
  average?: 'tokens' | 'sequence' | undefined;
};

/**
 * A loss with the negative log-likelihood of the chosen responses added: loss_i + alpha NLL, the remedy against chosen
 * responses that become less likely along with the rejected ones.
 *
 * With `tokens` it is loss + alpha `sft`, which couples the batch, and with `sequence` loss + alpha `sft_seq`.
 *
 * @param loss an entry of the registry, or what another combinator made
 * @returns an entry that reads `policyChosenLogps` and `chosenLengths` too
 * @throws {RangeError} when alpha is negative or average is unknown
 */
export function withNll(loss: LossEntry, { alpha, average = 'tokens' }: NllTerm): LossEntry {
  checkNotNegative('withNll', 'alpha', alpha);
  checkOneOf('withNll', 'average', average, ['tokens', 'sequence']);
  return weightedSum([{ loss }, { loss: average === 'tokens' ? LOSSES.sft : LOSSES.sft_seq, weight: alpha }]);
}
