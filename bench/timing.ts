/** How long repeated runs took, the first of which compiled. */
export interface Timing {
  /** What the first run took beyond the median of the others. */
  compileSeconds: number;
  stepSecondsMedian: number;
  /** Fastest and slowest of the runs that count. */
  stepSecondsRange: [fastest: number, slowest: number];
}

/**
 * Median and range of all runs but the first.
 *
 * @param seconds of each run in order, two at least
 * @param stepsPerRun what a run's time is divided by
 * @throws {RangeError} when there are fewer runs
 */
export function summarize(seconds: readonly number[], stepsPerRun = 1): Timing {
  const [first, ...steady] = seconds;
  if (first === undefined || steady.length === 0) {
    throw new RangeError(`summarize: expected two runs or more, got ${seconds.length}.`);
  }
  return {
    compileSeconds: Math.max(0, first - median(steady)),
    stepSecondsMedian: median(steady) / stepsPerRun,
    stepSecondsRange: [Math.min(...steady) / stepsPerRun, Math.max(...steady) / stepsPerRun],
  };
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Largest resident size of this process so far, in megabytes of 10^6 bytes. */
export function peakRssMB(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}
