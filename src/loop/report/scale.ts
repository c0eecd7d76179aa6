import { formatNumber } from './format.ts';

/** An axis: where it starts and ends, in data units, and where its ticks stand, with their labels. */
export interface Axis {
  low: number;
  high: number;
  ticks: readonly { value: number; label: string }[];
}

/** Shares in [0, 1], whole range, as percentages. */
export const SHARE_AXIS: Axis = {
  low: 0,
  high: 1,
  ticks: [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, label: `${100 * value}%` })),
};

/** A tick at each round, or at every n-th when there are many. */
export function roundAxis(rounds: readonly number[]): Axis {
  const [first, last] = [Math.min(...rounds), Math.max(...rounds)];
  const stride = Math.ceil((last - first + 1) / 12);
  const count = Math.floor((last - first) / stride) + 1;
  const ticks = Array.from({ length: count }, (_, i) => ({
    value: first + i * stride,
    label: `${first + i * stride}`,
  }));
  return { low: first - 0.35, high: last + 0.35, ticks };
}

/** About `count` ticks at multiples of 1, 2 or 5 times a power of ten that cover all values, and zero on request. */
export function numberAxis(values: readonly number[], options: { fromZero?: boolean; count?: number } = {}): Axis {
  const all = options.fromZero ? [0, ...values] : values;
  const [least, most] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const span = most > least ? most - least : Math.abs(most) || 1;
  const step = niceStep(span / (options.count ?? 4));
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(Math.ceil(most / step - 1e-9), first + 1);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    return { value, label: tickLabel(value, decimals) };
  });
  return { low: first * step, high: last * step, ticks };
}

/** An axis of whole steps that ends where the values end. */
export function stepAxis(steps: readonly number[]): Axis {
  const [low, high] = [steps.reduce((a, b) => Math.min(a, b)), steps.reduce((a, b) => Math.max(a, b))];
  const stride = Math.max(1, niceStep((high - low) / 8));
  const first = Math.ceil(low / stride);
  const count = Math.floor(high / stride) - first + 1;
  const ticks = Array.from({ length: count }, (_, i) => ({
    value: (first + i) * stride,
    label: tickLabel((first + i) * stride, 0),
  }));
  return high > low ? { low, high, ticks } : { low: low - 1, high: high + 1, ticks };
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  return (raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10) * power;
}

function tickLabel(value: number, decimals: number): string {
  return decimals > 4 || Math.abs(value) >= 1000 ? formatNumber(value) : value.toFixed(decimals);
}
