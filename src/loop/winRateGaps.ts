import type { JudgmentRow, SampleRow } from '../../datasets/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';

/** How far the mean win probabilities of a prompt's answers lie apart. */
export function winRateGaps(samples: readonly SampleRow[], judgments: readonly JudgmentRow[]): [string, number][] {
  const judged = groupByPrompt(judgments);
  return [...groupByPrompt(samples)].flatMap(([id, answers]): [string, number][] => {
    const sums = new Map<number, { sum: number; count: number }>(answers.map(({ k }) => [k, { sum: 0, count: 0 }]));
    for (const { i, j, p_i_beats_j: p } of judged.get(id) ?? []) {
      if (p === null) continue;
      for (const [k, value] of [
        [i, p],
        [j, 1 - p],
      ] as const) {
        const entry = sums.get(k)!;
        entry.sum += value;
        entry.count += 1;
      }
    }
    const rates = [...sums.values()].filter(({ count }) => count > 0).map(({ sum, count }) => sum / count);
    return rates.length < 2 ? [] : [[id, Math.max(...rates) - Math.min(...rates)]];
  });
}
