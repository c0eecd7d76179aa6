import type { PromptRow, SampleRow } from '../../datasets/index.ts';
import type { Judge } from '../judges/index.ts';
import { answersTo } from './answersTo.ts';
import { outcomeOf, winRate, type WinRate } from '../world/winRate.ts';

/**
 * How often the judge prefers the answers of one policy to those of another on the same prompts, ties one half; answers
 * are matched by prompt, and comparisons on which the judge failed do not count.
 *
 * @returns undefined when the judge failed on all
 */
export async function judgeWinRate(
  judge: Judge,
  prompts: readonly PromptRow[],
  answers: readonly SampleRow[],
  opponents: readonly SampleRow[],
): Promise<WinRate | undefined> {
  const opponentOf = new Map(opponents.map((row) => [row.prompt_id, row.text]));
  const items = answersTo(prompts, answers).map(({ answer, ...asked }, at) => ({
    ...asked,
    a: answer,
    b: opponentOf.get(answers[at]!.prompt_id)!,
  }));
  const verdicts = await judge.compare(items);
  const outcomes = verdicts.flatMap(({ pFirst }) => (pFirst === undefined ? [] : [outcomeOf(pFirst)]));
  return outcomes.length === 0 ? undefined : winRate(outcomes);
}
