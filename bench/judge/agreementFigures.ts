import type { Verdict } from '../../src/judges/index.ts';
import { outcomeOf } from './judgedPair.ts';

export interface AgreementFigures {
  /** Pairs with a verdict both times. */
  pairs: number;
  /** Share of them with the same winner, a tie being one as well. */
  agreement: number;
  /** Mean difference of the probabilities. */
  difference: number;
}

/** How far a judge agrees with itself when it is asked the same a second time; null without verdicts on both sides. */
export function agreementFigures(first: readonly Verdict[], second: readonly Verdict[]): AgreementFigures | null {
  const both = first.flatMap((one, i) => {
    const two = second[i];
    if (one.pFirst === undefined || two?.pFirst === undefined) return [];
    return [{ same: outcomeOf(one) === outcomeOf(two), difference: Math.abs(one.pFirst - two.pFirst) }];
  });
  if (both.length === 0) return null;
  return {
    pairs: both.length,
    agreement: both.filter(({ same }) => same).length / both.length,
    difference: both.reduce((sum, { difference }) => sum + difference, 0) / both.length,
  };
}
