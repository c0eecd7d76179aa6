import type { SampleRow } from '../../../datasets/index.ts';
import { groupByPrompt } from '../groupByPrompt.ts';

/**
 * Of the answers to one prompt, the share that differ from one another, averaged over the prompts with several answers:
 * 1 when no two are the same text, 1/K when all K are.
 *
 * @returns NaN when no prompt has several answers
 */
export function distinctRatio(samples: readonly Pick<SampleRow, 'prompt_id' | 'text'>[]): number {
  const ratios = [...groupByPrompt(samples).values()]
    .filter((answers) => answers.length > 1)
    .map((answers) => new Set(answers.map(({ text }) => text)).size / answers.length);
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}
