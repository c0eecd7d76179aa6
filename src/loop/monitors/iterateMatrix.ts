import type { MetricsRow } from '../metricsLog.ts';

/** Stage of the rows about win rates among iterates. */
const STAGE = 'iterates';

export interface IterateMatrixOptions {
  /** Leave out win rates whose 95% interval holds 1/2, as `cycleDetection` wants them. Default false. */
  onlyCertain?: boolean;
}

/**
 * The win rates among the iterates of a run, from its log. Row `{"round":2,"stage":"iterates","0":0.8,"0/low":0.7,"0/high":0.9}`
 * says that the policy of round 2 beats the base, iterate 0, in 80%; rows may hold several opponents.
 *
 * @returns entry [i][j] for iterates i and j, null where it is not known; undefined without such rows
 */
export function iterateMatrix(
  rows: readonly MetricsRow[],
  { onlyCertain = false }: IterateMatrixOptions = {},
): (number | null)[][] | undefined {
  const found = rows.filter(({ stage }) => stage === STAGE).flatMap((row) => rates(row));
  if (found.length === 0) return undefined;
  const size = 1 + found.reduce((most, { winner, opponent }) => Math.max(most, winner, opponent), 0);
  const matrix: (number | null)[][] = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => (i === j ? 0.5 : null)),
  );
  for (const { winner, opponent, rate, low, high } of found) {
    if (onlyCertain && low <= 0.5 && high >= 0.5) continue;
    matrix[winner]![opponent] = rate;
    matrix[opponent]![winner] = 1 - rate;
  }
  return matrix;
}

interface Rate {
  winner: number;
  opponent: number;
  rate: number;
  low: number;
  high: number;
}

function rates({ round, values }: MetricsRow): Rate[] {
  return Object.entries(values).flatMap(([name, rate]) => {
    if (!/^\d+$/.test(name)) return [];
    const bound = (side: 'low' | 'high'): number => values[`${name}/${side}`] ?? rate;
    return [{ winner: round, opponent: Number(name), rate, low: bound('low'), high: bound('high') }];
  });
}
