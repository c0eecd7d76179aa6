import type { PreferencePair } from '../../datasets/index.ts';
import type { Verdict } from '../../src/judges/index.ts';

/** A pair whose better answer is known, of the part of a test that `subset` names. */
export type LabelledPair = PreferencePair;

/** A labelled pair and what a judge says: `pFirst` is the probability that `chosen` beats `rejected`. */
export interface JudgedPair {
  pair: LabelledPair;
  verdict: Verdict;
}

/** Whether a judge found the better answer; a failure is none of the other three. */
export type Outcome = 'right' | 'tie' | 'wrong' | 'failed';

/** What a verdict on a labelled pair comes to. A tie is a probability of exactly 1/2. */
export function outcomeOf({ pFirst }: Verdict): Outcome {
  if (pFirst === undefined) return 'failed';
  if (pFirst === 0.5) return 'tie';
  return pFirst > 0.5 ? 'right' : 'wrong';
}
