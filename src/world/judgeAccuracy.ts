import { randomStream } from '../base/seed.ts';
import type { Judge } from '../judges/index.ts';
import { hiddenPreference } from './hiddenPreference.ts';
import { labelledComparisons } from './labelledComparisons.ts';
import type { WorldPrompt } from './prompts.ts';

const COMPARISONS = 1000;

/**
 * How often a judge is right on comparisons about held-out prompts: against noisy labels as it was trained on (nobody can
 * be right always), and against the hidden rule itself.
 */
export async function judgeAccuracy(
  judge: Judge,
  heldOut: readonly WorldPrompt[],
  seed: number,
): Promise<{ noisy: number; clean: number; count: number }> {
  const labelled = labelledComparisons(heldOut, COMPARISONS, randomStream(seed, 'judge accuracy'));
  const verdicts = await judge.compare(
    labelled.map(({ prompt, a, b }, i) => ({ id: String(i), prompt: [{ role: 'user', content: prompt }], a, b })),
  );
  const share = (right: (row: (typeof labelled)[number], first: boolean) => boolean): number =>
    labelled.filter((row, i) => right(row, (verdicts[i]!.pFirst ?? 0.5) > 0.5)).length / labelled.length;
  return {
    noisy: share(({ firstWon }, first) => first === firstWon),
    clean: share(({ prompt, a, b }, first) => first === hiddenPreference(prompt, a, b) > 0.5),
    count: labelled.length,
  };
}
