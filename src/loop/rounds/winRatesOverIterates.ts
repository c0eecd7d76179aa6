import type { PromptRow, SampleRow } from '../../../datasets/index.ts';
import type { Judge } from '../../judges/index.ts';
import { judgeWinRate } from '../judgeWinRate.ts';
import type { Loop } from '../loop.ts';
import type { WinRate } from '../../world/winRate.ts';

export interface WinRatesOptions {
  judge: Judge;
  prompts: readonly PromptRow[];
  /** One answer to each prompt by the policy after the round. */
  answers: readonly SampleRow[];
  /** The same of earlier policies: 0 is the base, n the policy after round n. */
  opponents: ReadonlyMap<number, readonly SampleRow[]>;
}

/**
 * The win rates of a round's policy over earlier ones, logged as stage `iterates` as `iterateMatrix` reads it. An opponent is
 * left out where the judge fails on all comparisons with it.
 */
export function winRatesOverIterates(
  loop: Loop,
  round: number,
  { judge, prompts, answers, opponents }: WinRatesOptions,
): Promise<Record<string, number>> {
  return loop.measure(round, 'iterates', async () => {
    const values: Record<string, number> = {};
    for (const [opponent, rows] of opponents) {
      loop.signal.throwIfAborted();
      const found = await judgeWinRate(judge, prompts, answers, rows);
      if (!found) continue;
      values[opponent] = found.rate;
      for (const name of ['low', 'high', 'count'] as const) values[`${opponent}/${name}`] = found[name];
    }
    return values;
  });
}

/** The win rate over one opponent, undefined where it is not known. */
export function winRateOver(values: Readonly<Record<string, number>>, opponent: number): WinRate | undefined {
  const rate = values[opponent];
  if (rate === undefined) return undefined;
  const [low, high, count] = ['low', 'high', 'count'].map((name) => values[`${opponent}/${name}`]!);
  return { rate, low: low!, high: high!, count: count! };
}
