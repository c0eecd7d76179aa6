import type { Comparison, Judge, JudgeOptions, JudgmentCost, Verdict } from '../judge.ts';
import { progressOver } from '../progressOver.ts';
import { sumCosts } from '../sumCosts.ts';

/** Two answers as they are shown to a model. */
export interface ShownPair {
  prompt: Comparison['prompt'];
  first: string;
  second: string;
  /** Earlier answers of each, where they are not shared. */
  earlier?: readonly [first: readonly string[], second: readonly string[]];
}

/** What a model decided about two answers. */
export interface Decision {
  /** Probability that the answer shown first is better. */
  pFirst?: number;
  /** How much it counts beside the other order. Default 1. */
  weight?: number;
  error?: string;
  /** How it was found, where there are several ways. */
  by?: string;
  /** What the model said. */
  text?: string;
  costs: readonly JudgmentCost[];
}

/** Which answer is shown first. */
export type Order = 'ab' | 'ba';

export interface PairJudgeSettings {
  id: string;
  /** Whether `decide` shows the earlier answers of a pair. Default: no. */
  readsEarlier?: boolean;
  decide(pairs: readonly ShownPair[], options: JudgeOptions): Promise<Decision[]>;
  /** Default: both. */
  ordersOf?: (item: Comparison) => readonly Order[];
  /** Of the probabilities that a wins and their weights, one for each order. Default: the weighted mean. */
  combine?: (probabilities: readonly number[], weights: readonly number[]) => number;
}

/**
 * A judge that shows the answers to a model in one or both orders. Equal answers tie unasked. A verdict needs a decision
 * in every order: with one alone the place of an answer would count.
 *
 * `raw` of a verdict is JSON: a list of decisions, each with its order and the probability that a wins.
 */
export function createPairJudge(settings: PairJudgeSettings): Judge {
  const { ordersOf = () => ['ab', 'ba'], combine = weightedMean } = settings;
  return {
    id: settings.id,
    readsEarlier: settings.readsEarlier,
    compare: async (items, options = {}) => {
      const games = items.flatMap((item, row) =>
        isEqual(item) ? [] : ordersOf(item).map((order) => ({ row, order, pair: shown(item, order) })),
      );
      const decisions = await settings.decide(
        games.map(({ pair }) => pair),
        progressOver(items.length, options),
      );
      const played: { order: Order; decision: Decision }[][] = items.map(() => []);
      games.forEach(({ row, order }, i) => played[row]!.push({ order, decision: decisions[i]! }));
      return played.map((games) => (games.length === 0 ? { pFirst: 0.5 } : verdictOf(games, combine)));
    },
    dispose: () => {},
  };
}

function isEqual({ a, b, earlier }: Comparison): boolean {
  return a === b && JSON.stringify(earlier?.a) === JSON.stringify(earlier?.b);
}

function shown({ prompt, a, b, earlier }: Comparison, order: Order): ShownPair {
  return order === 'ab'
    ? { prompt, first: a, second: b, ...(earlier ? { earlier: [earlier.a, earlier.b] } : {}) }
    : { prompt, first: b, second: a, ...(earlier ? { earlier: [earlier.b, earlier.a] } : {}) };
}

function verdictOf(
  games: readonly { order: Order; decision: Decision }[],
  combine: NonNullable<PairJudgeSettings['combine']>,
): Verdict {
  const told = games.map(({ order, decision: { costs: _costs, pFirst, ...rest } }) => ({
    order,
    ...(pFirst === undefined ? {} : { pFirst: order === 'ab' ? pFirst : 1 - pFirst }),
    ...rest,
  }));
  const raw = JSON.stringify(told);
  const cost = sumCosts(games.flatMap(({ decision }) => decision.costs));
  const errors = told.flatMap(({ order, error }) => (error === undefined ? [] : [`order ${order}: ${error}`]));
  if (errors.length > 0) return { error: errors.join('; '), raw, cost };
  const orders = Object.fromEntries(told.map(({ order, pFirst }) => [order, pFirst!]));
  const weights = told.map(({ weight = 1 }) => weight);
  return {
    pFirst: combine(
      told.map(({ pFirst }) => pFirst!),
      weights,
    ),
    ...('ab' in orders && 'ba' in orders ? { orders: { ab: orders['ab'], ba: orders['ba'] } } : {}),
    raw,
    cost,
  };
}

function weightedMean(values: readonly number[], weights: readonly number[]): number {
  const sum = values.reduce((sum, value, i) => sum + weights[i]! * value, 0);
  return sum / weights.reduce((sum, weight) => sum + weight, 0);
}
