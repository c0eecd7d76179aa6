/** A law fitted to the logarithms of values by least squares. */
export interface FittedRate {
  /** `power`: value ~ round^-rate; `geometric`: value ~ e^(-rate round). */
  law: 'power' | 'geometric';
  rate: number;
  /** Share of the variance of the logarithms that the law explains. */
  explained: number;
}

/** Below this values are what 32 bits leave of 0. */
const FLOOR = 1e-10;

/**
 * The power of the round by which values fall, over the middle eight tenths of the rounds; null where values reach 0. Values
 * that swing count by the largest that is still to come.
 *
 * @param values the first is that of the start
 */
export function fitPower(values: readonly number[]): FittedRate | null {
  const [first, end] = [Math.max(1, Math.floor(values.length / 10)), Math.ceil(0.9 * values.length)];
  const largest = [...values];
  for (let at = largest.length - 2; at >= 0; at--) largest[at] = Math.max(largest[at]!, largest[at + 1]!);
  const points = largest.slice(first, end).map((value, i): [number, number] => [Math.log(first + i), Math.log(value)]);
  return fit('power', points);
}

/** The rate at which values fall in each round, over the rounds before they level off; null where they do not fall. */
export function fitGeometric(values: readonly number[]): FittedRate | null {
  const floor = Math.max(FLOOR, 3 * Math.min(...values));
  const floored = values.findIndex((value) => value < floor);
  const points = values.slice(0, floored < 0 ? undefined : floored);
  return fit(
    'geometric',
    points.map((value, round) => [round, Math.log(value)]),
  );
}

function fit(law: FittedRate['law'], points: readonly (readonly [number, number])[]): FittedRate | null {
  if (points.length < 3 || points.some(([, y]) => !Number.isFinite(y))) return null;
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point[0]), mean((point) => point[1])];
  const [xx, xy, yy] = [
    mean((p) => (p[0] - x) ** 2),
    mean((p) => (p[0] - x) * (p[1] - y)),
    mean((p) => (p[1] - y) ** 2),
  ];
  return { law, rate: -xy / xx, explained: yy === 0 ? 1 : xy ** 2 / (xx * yy) };
}
