/** How a list of lengths, scores or other numbers is spread. */
export interface LengthStatistics {
  count: number;
  mean: number;
  /** Standard deviation of these numbers themselves: squares divided by `count`, not by `count - 1`. */
  std: number;
  min: number;
  max: number;
  /** Quantiles, `p5` is the number that 5% lie below. */
  p5: number;
  p25: number;
  p50: number;
  p75: number;
  p95: number;
  p99: number;
}

/**
 * Describes lengths, in whatever unit they are given. A quantile q is read at place q (count - 1) of the sorted numbers,
 * linearly between the two neighbours of that place: the definition of numpy and pandas (type 7 of Hyndman and Fan).
 *
 * @throws {RangeError} when there are no numbers, or one is not finite
 * @see Hyndman and Fan 1996, Sample quantiles in statistical packages, The American Statistician 50(4)
 * @example lengthStatistics(pairs.map(({ chosen }) => chosen.length)).p95;
 */
export function lengthStatistics(lengths: readonly number[]): LengthStatistics {
  checkNumbers('lengthStatistics', 'lengths', lengths);
  const sorted = Float64Array.from(lengths).sort();
  const [count, min, max] = [sorted.length, sorted[0]!, sorted.at(-1)!];
  // Welford's update: no overflow, and no loss where the mean is large and the spread small.
  let [mean, squares] = [0, 0];
  for (const [at, value] of sorted.entries()) {
    const distance = value - mean;
    mean += distance / (at + 1);
    squares += distance * (value - mean);
  }
  const quantile = (q: number): number => {
    const place = q * (count - 1);
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return low + (high - low) * (place - Math.floor(place));
  };
  const [p5, p25, p50] = [quantile(0.05), quantile(0.25), quantile(0.5)];
  const [p75, p95, p99] = [quantile(0.75), quantile(0.95), quantile(0.99)];
  return { count, mean, std: Math.sqrt(squares / count), min, max, p5, p25, p50, p75, p95, p99 };
}

/** Checks that there are numbers, and that all are finite. */
export function checkNumbers(name: string, option: string, numbers: readonly number[]): void {
  const wrong = numbers.findIndex((number) => !Number.isFinite(number));
  if (numbers.length > 0 && wrong < 0) return;
  const found = wrong < 0 ? 'none' : `${numbers[wrong]} at place ${wrong}`;
  throw new RangeError(`${name}: ${option} must be one finite number or more, got ${found}. Leave such rows out.`);
}
