import type { JudgedPair } from './judgedPair.ts';

export interface PositionFigures {
  /** Pairs that the judge saw in both orders. */
  pairs: number;
  /** Mean probability of the answer in front, less 1/2: above 0 the judge favours the first place. */
  bias: number;
  /** Share of pairs of which the two orders name different winners; a tie is one as well. */
  flips: number;
}

/** How far a judge goes by the places of the answers; null for one that never sees both at once, or in one order only. */
export function positionFigures(judged: readonly JudgedPair[]): PositionFigures | null {
  const orders = judged.flatMap(({ verdict }) => verdict.orders ?? []);
  if (orders.length === 0) return null;
  const mean = (value: (order: { ab: number; ba: number }) => number): number =>
    orders.reduce((sum, order) => sum + value(order), 0) / orders.length;
  return {
    pairs: orders.length,
    bias: mean(({ ab, ba }) => (ab + 1 - ba) / 2) - 0.5,
    flips: mean(({ ab, ba }) => Number(Math.sign(ab - 0.5) !== Math.sign(ba - 0.5))),
  };
}
