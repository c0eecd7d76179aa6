import type { ComparedRun } from './compareRuns.ts';
import type { Chart, ChartSeries } from './lineChart.ts';
import { intervals, ROUND_CHARTS, roundSeries } from './roundCharts.ts';
import { numberAxis, roundAxis, SHARE_AXIS, stepAxis } from './scale.ts';
import { STEP_CHARTS, stepSeries } from './stepCharts.ts';

/** The charts of the report, each curve with one line for each run that has it. */
export function comparisonCharts(runs: readonly ComparedRun[]): Chart[] {
  const rates = (
    [
      ['winRate', 'Win rate against the base', 'by the hidden rule'],
      ['judgeWinRate', 'Judged win rate against the base', 'as each run’s own judge sees it'],
    ] as const
  ).map(([key, title, by]): Chart | undefined =>
    overRounds(
      { title, subtitle: `held-out prompts, ${by}, 95% interval`, isShare: true, reference: { y: 0.5, label: '50%' } },
      runs.map(({ name, data }) => intervals(data.rounds, key, name)),
    ),
  );
  const byRound = ROUND_CHARTS.flatMap(({ curves, ...chart }) =>
    Object.entries(curves).map(([key, curve]) =>
      overRounds(
        { ...chart, title: titleOf(chart.title, curve, curves) },
        runs.map(({ name, data }) => roundSeries(data.rounds, key, name, chart.isShare === true)),
      ),
    ),
  );
  const byStep = STEP_CHARTS.flatMap(({ curves, ...chart }) =>
    Object.entries(curves).map(([key, curve]) =>
      overSteps({ ...chart, title: titleOf(chart.title, curve, curves) }, key, runs),
    ),
  );
  return [...rates, ...byRound, ...byStep].filter((chart) => chart !== undefined);
}

function titleOf(title: string, curve: string, curves: Readonly<Record<string, string>>): string {
  return Object.keys(curves).length > 1 ? `${title}: ${curve}` : title;
}

interface Overlay extends Pick<Chart, 'title' | 'subtitle' | 'reference'> {
  isShare?: boolean;
  fromZero?: boolean;
}

function overRounds({ isShare, ...chart }: Overlay, all: readonly ChartSeries[]): Chart | undefined {
  const series = all.filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const points = series.flatMap((curve) => curve.points);
  return {
    ...chart,
    xName: 'round',
    x: roundAxis(points.map(({ x }) => x)),
    y: isShare ? SHARE_AXIS : numberAxis(valuesOf(points, chart.reference), { fromZero: true }),
    series,
    markers: true,
  };
}

function overSteps(
  { isShare, fromZero, ...chart }: Overlay,
  key: string,
  runs: readonly ComparedRun[],
): Chart | undefined {
  const found = runs.flatMap(({ name, data }) => {
    const rows = data.steps.filter(({ stage }) => stage === 'train');
    return stepSeries(rows, key, name, isShare === true) ?? [];
  });
  if (found.length === 0) return undefined;
  const points = found.flatMap(({ series }) => series.points);
  return {
    ...chart,
    xName: 'step',
    x: stepAxis(points.map(({ x }) => x)),
    y: isShare ? SHARE_AXIS : numberAxis(valuesOf(points, chart.reference), { fromZero: fromZero === true }),
    series: found.map(({ series }) => series),
    markers: points.length === found.length,
  };
}

function valuesOf(points: readonly { y: number }[], reference: Chart['reference']): number[] {
  return [...points.map(({ y }) => y), ...(reference ? [reference.y] : [])];
}
