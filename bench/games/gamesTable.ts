import { formatNumber, MISSING } from '../../src/loop/report/format.ts';
import type { FittedRate } from './fitRates.ts';
import type { PlayedGame } from './playGames.ts';

/** A head and a row for each objective: what a best reply gains in the end, and how fast that fell. */
export function gamesTable({ runs }: PlayedGame): string[][] {
  const head = [
    'objective',
    'last gain',
    'average gain',
    'regularized gain',
    'distance',
    'average falls',
    'last falls',
  ];
  const rows = runs.map(({ objective, gain, averageGain, regularizedGain, distance, rates }) => [
    objective,
    formatNumber(gain.at(-1)),
    formatNumber(averageGain.at(-1)),
    formatNumber(regularizedGain?.at(-1)),
    formatNumber(distance.at(-1)),
    formatRate(rates.average),
    formatRate(rates.last),
  ]);
  return [head, ...rows];
}

/** `t^-1.02` or `e^-0.062t`; a dash where the law explains less than half of the scatter, or values grow. */
function formatRate(rate: FittedRate | null): string {
  if (rate === null || rate.rate <= 0 || rate.explained < 0.5) return MISSING;
  const size = rate.rate.toPrecision(2);
  return rate.law === 'power' ? `t^-${size}` : `e^-${size}t`;
}

/** Shares in brackets: `(0.364, 0.273, 0.364)`. */
export function formatPolicy(policy: readonly number[]): string {
  return `(${policy.map((share) => Math.max(0, share).toFixed(4)).join(', ')})`;
}
