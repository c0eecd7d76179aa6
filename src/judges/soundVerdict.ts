import type { Verdict } from './judge.ts';

/** A verdict whose probability is one; any other is turned into a failure, so that NaN is neither a win nor a loss. */
export function soundVerdict(verdict: Verdict): Verdict {
  const { pFirst, ...rest } = verdict;
  if (pFirst !== undefined && pFirst >= 0 && pFirst <= 1) return verdict;
  return { ...rest, error: verdict.error ?? `the judge gave ${pFirst} for a probability` };
}
