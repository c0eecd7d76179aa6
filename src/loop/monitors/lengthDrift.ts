import type { SampleRow } from '../../../datasets/index.ts';
import { groupByPrompt } from '../groupByPrompt.ts';

type Lengths = Pick<SampleRow, 'prompt_id' | 'token_ids'>;

/**
 * How many times longer the answers are than others to the same prompts, in tokens: 1 is as long, 2 is twice. Each prompt
 * counts once, by the mean length of its answers; prompts that only one side has do not count.
 *
 * @returns NaN when there is no prompt in common, or the other answers are all empty
 */
export function lengthDrift(answers: readonly Lengths[], others: readonly Lengths[]): number {
  const [lengths, otherLengths] = [meanLengths(answers), meanLengths(others)];
  const common = [...lengths.keys()].filter((id) => otherLengths.has(id));
  const total = (of: ReadonlyMap<string, number>): number => common.reduce((sum, id) => sum + of.get(id)!, 0);
  const before = total(otherLengths);
  return before === 0 ? NaN : total(lengths) / before;
}

function meanLengths(samples: readonly Lengths[]): Map<string, number> {
  return new Map(
    [...groupByPrompt(samples)].map(([id, rows]) => [
      id,
      rows.reduce((sum, { token_ids }) => sum + token_ids.length, 0) / rows.length,
    ]),
  );
}
