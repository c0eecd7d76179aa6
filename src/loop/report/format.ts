import type { Interval } from './reportData.ts';

/** Shown where there is no number. */
export const MISSING = '–';

/** A number with about three significant digits: `0.693`, `1,250`, `2.5e-6`. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return MISSING;
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2).replace(/\.?0*e\+?/, 'e');
  if (size >= 1000) return String(Math.round(value)).replace(/(?<=\d)(?=(\d{3})+$)/g, ',');
  return String(Number(value.toPrecision(3)));
}

/** A share in [0, 1] as a percentage with one decimal: `62.5%`. */
export function formatPercent(share: number | undefined): string {
  return share === undefined || !Number.isFinite(share) ? MISSING : `${(100 * share).toFixed(1)}%`;
}

/** `62.5% (57.1 to 67.6)`. */
export function formatInterval(interval: Interval | undefined): string {
  if (interval === undefined) return MISSING;
  const { mean, low, high } = interval;
  return `${formatPercent(mean)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
}
