import type { Interval } from '../alpacaEval/bootstrapInterval.ts';
import { mean } from '../alpacaEval/winRate.ts';

/** 0.975 quantile of the normal distribution. */
const QUANTILE = 1.959963984540054;

/** An area under the ROC curve. */
export interface RocArea {
  area: number;
  /** 95% interval, cut to [0, 1]; null with fewer than two scores on a side. */
  interval: Interval | null;
}

/**
 * Probability that a seen prompt scores higher than an unseen one, a tie as half: the area under the ROC curve.
 *
 * @see Mann and Whitney 1947, doi:10.1214/aoms/1177730491 (area); DeLong et al. 1988, doi:10.2307/2531595 (variance)
 */
export function rocArea(seen: readonly number[], unseen: readonly number[]): RocArea {
  const above = seen.map((own) => mean(unseen.map((other) => wins(own, other))));
  const below = unseen.map((other) => mean(seen.map((own) => wins(own, other))));
  const area = mean(above);
  if (seen.length < 2 || unseen.length < 2) return { area, interval: null };
  const half = QUANTILE * Math.sqrt(variance(above, area) / seen.length + variance(below, area) / unseen.length);
  return { area, interval: [Math.max(0, area - half), Math.min(1, area + half)] };
}

function wins(a: number, b: number): number {
  return a > b ? 1 : a === b ? 0.5 : 0;
}

function variance(values: readonly number[], center: number): number {
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1);
}
