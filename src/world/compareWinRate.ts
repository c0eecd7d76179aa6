import { hiddenPreference } from './hiddenPreference.ts';
import { outcomeOf, winRate } from './winRate.ts';
import type { WinRate } from './winRate.ts';

/**
 * How often `answers` beat `opponents` by the hidden rule, prompt by prompt, ties counted one half.
 *
 * @param prompts   texts of the prompts
 * @param answers   one per prompt
 * @param opponents one per prompt
 * @throws {RangeError} when the three differ in length or are empty
 */
export function compareWinRate(
  prompts: readonly string[],
  answers: readonly string[],
  opponents: readonly string[],
): WinRate {
  const lengths = [prompts.length, answers.length, opponents.length];
  if (new Set(lengths).size > 1) {
    throw new RangeError(`compareWinRate: expected one answer and one opponent per prompt, got ${lengths.join(', ')}.`);
  }
  return winRate(prompts.map((prompt, i) => outcomeOf(hiddenPreference(prompt, answers[i]!, opponents[i]!))));
}
