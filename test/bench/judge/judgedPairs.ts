import type { JudgedPair } from '../../../bench/judge/judgedPair.ts';
import type { Verdict } from '../../../src/judges/index.ts';

const PROMPT = [{ role: 'user', content: 'Why?' }];

/** Pairs with these verdicts; answers are the same text, twice as long where it is better unless told otherwise. */
export function judgedPairs(
  verdicts: readonly (number | Verdict)[],
  pair: Partial<JudgedPair['pair']> = {},
): JudgedPair[] {
  return verdicts.map((verdict, i) => ({
    pair: { id: String(i), prompt: PROMPT, chosen: 'Because so.', rejected: 'Because', ...pair },
    verdict: typeof verdict === 'number' ? { pFirst: verdict } : verdict,
  }));
}
