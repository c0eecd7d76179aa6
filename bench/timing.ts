/** Durations of runs, seconds. */
export interface RunTimes {
  /** Of the runs that came first and compiled, one for each shape. */
  warmUp: readonly number[];
  /** Of the runs that count; one at least. */
  steady: readonly number[];
}

/** How long repeated runs took. */
export interface Timing {
  /** What the first runs took beyond the median of the others. */
  compileSeconds: number;
  stepSecondsMedian: number;
  /** Fastest and slowest of the runs that count. */
  stepSecondsRange: [fastest: number, slowest: number];
  /** Distance between the quartiles of the runs that count, as a share of their median. */
  spread: number;
}

/**
 * Median, range and spread of the runs that count.
 *
 * @param stepsPerRun what a run's time is divided by
 * @throws {RangeError} when no run counts
 */
export function summarize({ warmUp, steady }: RunTimes, stepsPerRun = 1): Timing {
  if (steady.length === 0) throw new RangeError('summarize: expected at least one run that counts, got none.');
  const middle = median(steady);
  const first = warmUp.reduce((sum, seconds) => sum + seconds, 0);
  return {
    compileSeconds: Math.max(0, first - warmUp.length * middle),
    stepSecondsMedian: middle / stepsPerRun,
    stepSecondsRange: [Math.min(...steady) / stepsPerRun, Math.max(...steady) / stepsPerRun],
    spread: (quantile(steady, 0.75) - quantile(steady, 0.25)) / middle,
  };
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which that share of the values lies, between two of them in proportion. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}

/** Largest resident size of this process so far, in megabytes of 10^6 bytes. */
export function peakRssMB(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}
