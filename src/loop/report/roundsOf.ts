import type { MetricsRow } from '../metricsLog.ts';
import type { Interval, ReportRound } from './reportData.ts';

/** Names of the bounds of a rate, in order of preference; `low` and `high` belong to the first rate of a row. */
const BOUNDS = {
  winRate: [
    ['winRateLow', 'winRateHigh'],
    ['low', 'high'],
  ],
  judgeWinRate: [
    ['judgeWinRateLow', 'judgeWinRateHigh'],
    ['low', 'high'],
  ],
  winRateOverPrevious: [['previousLow', 'previousHigh']],
} as const;

const BOUND_NAMES = new Set<string>(Object.values(BOUNDS).flat(2));
const RATES = Object.keys(BOUNDS) as (keyof typeof BOUNDS)[];

/**
 * What was measured after each round, from a run's log: the rows of the stage `evaluation`, and those of other stages under
 * their name, such as `pairs/sameText`. Of several rows the last counts.
 */
export function roundsOf(rows: readonly MetricsRow[]): ReportRound[] {
  const rounds = new Map<number, Record<string, number>>();
  for (const { round, stage, step, values } of rows) {
    if (round === 0 || step !== undefined || stage === 'iterates') continue;
    const known = rounds.get(round) ?? {};
    for (const [name, value] of Object.entries(values)) {
      known[stage === 'evaluation' ? name : `${stage}/${name}`] = value;
    }
    rounds.set(round, known);
  }
  return [...rounds]
    .sort(([a], [b]) => a - b)
    .map(([round, values]) => {
      const others = Object.entries(values).filter(
        ([name]) => !BOUND_NAMES.has(name) && !RATES.some((rate) => rate === name),
      );
      return { round, ...ratesOf(values), values: Object.fromEntries(others) };
    });
}

function ratesOf(values: Readonly<Record<string, number>>): Partial<Record<(typeof RATES)[number], Interval>> {
  const taken = new Set<string>();
  const rates = RATES.flatMap((rate): [string, Interval][] => {
    const mean = values[rate];
    if (mean === undefined) return [];
    const bounds = BOUNDS[rate].find(([low]) => values[low] !== undefined && !taken.has(low));
    if (bounds === undefined) return [[rate, { mean, low: mean, high: mean }]];
    taken.add(bounds[0]);
    return [[rate, { mean, low: values[bounds[0]]!, high: values[bounds[1]]! }]];
  });
  return Object.fromEntries(rates);
}

/** What was measured before the first round: `judge/noisy`. */
export function beforeRounds(rows: readonly MetricsRow[]): Record<string, number> {
  const before = rows.filter(({ round, step }) => round === 0 && step === undefined);
  return Object.fromEntries(
    before.flatMap(({ stage, values }) =>
      Object.entries(values).map(([name, value]) => [`${stage}/${name}`, value] as const),
    ),
  );
}
