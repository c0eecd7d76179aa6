import type { ScoreRow } from '../../datasets/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';

/** How far the best and the worst answer to each prompt lie apart, for prompts with two scores at least. */
export function scoreGaps(scores: readonly ScoreRow[]): [string, number][] {
  return [...groupByPrompt(scores)].flatMap(([id, rows]): [string, number][] => {
    const known = rows.flatMap(({ score }) => score ?? []);
    return known.length < 2 ? [] : [[id, Math.max(...known) - Math.min(...known)]];
  });
}
