import type { Chart } from '../../src/loop/report/lineChart.ts';
import type { Axis } from '../../src/loop/report/scale.ts';

/** A value that has a name, with its interval where there is one. */
export interface NamedValue {
  name: string;
  value: number;
  interval?: readonly [low: number, high: number] | undefined;
}

/** Names that fit under a plot side by side. */
const FITTING = 6;
const LETTERS = 12;

/** A plot of values that have a name and no order: a point with its error bar each. Many names give way to numbers. */
export function namedPoints(
  { title, subtitle, xName, y, reference }: Pick<Chart, 'title' | 'subtitle' | 'xName' | 'y' | 'reference'>,
  values: readonly NamedValue[],
): Chart {
  const labelled = values.length <= FITTING;
  const ticks = values.map(({ name }, at) => ({ value: at, label: labelled ? cut(name) : String(at + 1) }));
  const x: Axis = { low: -0.5, high: values.length - 0.5, ticks };
  const points = values.flatMap(({ name, value, interval }, at) => {
    if (!Number.isFinite(value)) return [];
    const [low, high] = interval ?? [NaN, NaN];
    const hasBar = Number.isFinite(low) && Number.isFinite(high);
    const range = hasBar ? ` (${low.toFixed(2)} to ${high.toFixed(2)})` : '';
    return [{ x: at, y: value, ...(hasBar ? { low, high } : {}), label: `${name}: ${value.toFixed(2)}${range}` }];
  });
  return {
    title,
    subtitle: labelled ? subtitle : `${subtitle}; numbers are rows of the table`,
    xName,
    x,
    y,
    ...(reference ? { reference } : {}),
    series: [{ name: title, points }],
    markers: true,
    joined: false,
  };
}

function cut(name: string): string {
  return name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
}
