import type { JudgmentCost } from './judge.ts';

/** What several questions took together. */
export function sumCosts(costs: readonly JudgmentCost[]): JudgmentCost {
  const sum: JudgmentCost = { seconds: 0 };
  for (const cost of costs) {
    for (const [name, value] of Object.entries(cost) as [keyof JudgmentCost, number][]) {
      sum[name] = (sum[name] ?? 0) + value;
    }
  }
  return sum;
}
