import { checkCount } from '../transforms/checkOption.ts';
import { checkNumbers } from './lengthStatistics.ts';

export interface HistogramOptions {
  /** Bins at most; fewer where their edges would be no round numbers. */
  bins: number;
}

/** How many numbers lie between round numbers: `edges[i] <= number < edges[i + 1]` for `counts[i]` of them. */
export interface Histogram {
  /** One more than bins, ascending, equally far apart. */
  edges: number[];
  counts: number[];
}

/**
 * Counts numbers in bins of equal width whose edges are multiples of 1, 2 or 5 times a power of ten, so that they read well
 * (at least 1 apart where all numbers are whole). The width is the smallest that needs no more than `bins`.
 *
 * @throws {RangeError} when there are no numbers, one is not finite, or bins is no whole number of at least 2
 * @example histogram([3, 14, 15, 92], { bins: 10 }); // edges 0, 10 ... 100, counts 1, 2, 0 ... 1
 */
export function histogram(values: readonly number[], { bins }: HistogramOptions): Histogram {
  checkCount('histogram', 'bins', bins, 2);
  checkNumbers('histogram', 'values', values);
  let [min, max, largest, whole] = [Infinity, -Infinity, 0, true];
  for (const value of values) {
    [min, max] = [Math.min(min, value), Math.max(max, value)];
    [largest, whole] = [Math.max(largest, Math.abs(value)), whole && Number.isInteger(value)];
  }
  // Edges nearer to one another than numbers of this size can be would fall together.
  const narrowest = Math.max(max / bins - min / bins, whole ? 1 : 0, largest * 2 ** -50, 1e-300);
  let width: Width = { factor: 1, exponent: Math.floor(Math.log10(narrowest)) - 1 };
  const binsNeeded = (): number => binOf(width, max) - binOf(width, min) + 1;
  while (edgeOf(width, 1) < narrowest || binsNeeded() > bins) width = wider(width);
  const first = binOf(width, min);
  const counts = Array<number>(binsNeeded()).fill(0);
  for (const value of values) counts[binOf(width, value) - first]!++;
  return { edges: Array.from({ length: counts.length + 1 }, (_, at) => edgeOf(width, first + at)), counts };
}

/** A width of bins, factor times ten to the exponent; bin n reaches from edge n to edge n + 1. */
interface Width {
  factor: 1 | 2 | 5;
  exponent: number;
}

function wider({ factor, exponent }: Width): Width {
  if (factor === 5) return { factor: 1, exponent: exponent + 1 };
  return { factor: factor === 1 ? 2 : 5, exponent };
}

/** The edge as it would be written: 3 tenths are 0.3, while 3 times 0.1 is not. */
function edgeOf({ factor, exponent }: Width, n: number): number {
  const multiple = n * factor;
  if (multiple === 0) return 0;
  return exponent < 0 ? multiple / 10 ** -exponent : multiple * 10 ** exponent;
}

function binOf(width: Width, value: number): number {
  let n = Math.floor(value / edgeOf(width, 1));
  while (edgeOf(width, n) > value) n--;
  while (edgeOf(width, n + 1) <= value) n++;
  return n;
}
