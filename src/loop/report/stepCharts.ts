import type { MetricsRow } from '../metricsLog.ts';
import { formatNumber, formatPercent } from './format.ts';
import type { Chart, ChartSeries } from './lineChart.ts';
import { numberAxis, SHARE_AXIS, stepAxis } from './scale.ts';

/** A curve over steps has at most so many points; more are averaged in groups of equal size. */
const MAX_POINTS = 300;

/** A chart of what training logs at each step. */
export interface StepChart {
  title: string;
  subtitle: string;
  /** Names in the log, each with its name in the chart. */
  curves: Readonly<Record<string, string>>;
  isShare?: boolean;
  fromZero?: boolean;
}

/** What the trainers log, in reading order. */
export const STEP_CHARTS: readonly StepChart[] = [
  { title: 'Loss', subtitle: 'mean per update step', curves: { loss: 'policy' } },
  {
    title: 'Reward margin',
    subtitle: 'chosen minus rejected, nats, mean per step',
    curves: { 'rewards/margins': 'policy' },
    fromZero: true,
  },
  {
    title: 'Reward accuracy',
    subtitle: 'share of pairs with the chosen answer ahead',
    curves: { 'rewards/accuracies': 'policy' },
    isShare: true,
  },
  {
    title: 'Implicit rewards',
    subtitle: 'nats, mean per step',
    curves: { 'rewards/chosen': 'chosen', 'rewards/rejected': 'rejected' },
    fromZero: true,
  },
  {
    title: 'Log-probabilities',
    subtitle: 'nats per answer, mean per step',
    curves: { 'logps/chosen': 'chosen', 'logps/rejected': 'rejected' },
  },
  { title: 'Accuracy', subtitle: 'share of right verdicts per step', curves: { accuracy: 'judge' }, isShare: true },
  { title: 'Gradient norm', subtitle: 'before clipping', curves: { grad_norm: 'policy' }, fromZero: true },
  { title: 'Learning rate', subtitle: 'by update step', curves: { learning_rate: 'policy' }, fromZero: true },
];

/** The charts of what training logged under names that the reader knows. */
export function stepCharts(steps: readonly MetricsRow[]): Chart[] {
  const training = steps.filter(({ stage }) => stage === 'train');
  return STEP_CHARTS.flatMap((chart) => stepChart(chart, training) ?? []);
}

/** A chart for each other name, and for each stage that measures between the steps, such as `heldOut`. */
export function otherStepCharts(steps: readonly MetricsRow[]): Chart[] {
  const known = new Set(STEP_CHARTS.flatMap(({ curves }) => Object.keys(curves)));
  const stages = [...new Set(steps.map(({ stage }) => stage))];
  return stages.flatMap((stage) => {
    const rows = steps.filter((row) => row.stage === stage);
    const names = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
    return names
      .filter((name) => stage !== 'train' || !known.has(name))
      .flatMap(
        (name) =>
          stepChart({ title: name, subtitle: `of stage ${stage}, by step`, curves: { [name]: name } }, rows) ?? [],
      );
  });
}

function stepChart(
  { title, subtitle, curves, isShare, fromZero }: StepChart,
  rows: readonly MetricsRow[],
): Chart | undefined {
  const shown = Object.entries(curves).flatMap(([name, as]) => stepSeries(rows, name, as, isShare === true) ?? []);
  if (shown.length === 0) return undefined;
  const points = shown.flatMap(({ series }) => series.points);
  const size = Math.max(...shown.map((curve) => curve.size));
  return {
    title,
    subtitle: size > 1 ? `${subtitle}, averaged over ${size} steps` : subtitle,
    xName: 'step',
    x: stepAxis(rows.map(({ step }) => step!)),
    y: isShare
      ? SHARE_AXIS
      : numberAxis(
          points.map(({ y }) => y),
          { fromZero: fromZero === true },
        ),
    series: shown.map(({ series }) => series),
    ...(isShare && { reference: { y: 0.5, label: '50%, chance' } }),
    marks: roundStarts(rows),
    markers: points.length === shown.length,
  };
}

/** One curve over steps, thinned out; undefined when the log has no such number. */
export function stepSeries(
  rows: readonly MetricsRow[],
  name: string,
  as: string,
  isShare: boolean,
): { series: ChartSeries; size: number } | undefined {
  const measured = rows.flatMap(({ step, values: { [name]: y } }) =>
    y !== undefined && Number.isFinite(y) ? [{ x: step!, y }] : [],
  );
  if (measured.length === 0) return undefined;
  const size = Math.ceil(measured.length / MAX_POINTS);
  const points = grouped(measured, size).map((point) => ({
    ...point,
    label: `step ${formatNumber(point.x)}: ${isShare ? formatPercent(point.y) : formatNumber(point.y)}`,
  }));
  return { series: { name: as, points }, size };
}

function grouped(points: readonly { x: number; y: number }[], size: number): { x: number; y: number }[] {
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const group = points.slice(i * size, (i + 1) * size);
    const mean = (key: 'x' | 'y'): number => group.reduce((sum, point) => sum + point[key], 0) / group.length;
    return { x: mean('x'), y: mean('y') };
  });
}

/** Where each round begins, when there are several and few enough to be told apart. */
function roundStarts(rows: readonly MetricsRow[]): { x: number; label: string }[] {
  const starts = rows.filter((row, i) => row.round !== rows[i - 1]?.round);
  if (starts.length < 2 || starts.length > 8) return [];
  return starts.map(({ step, round }) => ({ x: step!, label: `round ${round}` }));
}
