import { formatInterval, formatNumber, formatPercent } from './format.ts';
import type { Chart, ChartPoint, ChartSeries } from './lineChart.ts';
import type { Interval, ReportData, ReportRound, ReportStep } from './reportData.ts';
import { numberAxis, roundAxis, SHARE_AXIS, stepAxis } from './scale.ts';

/** A curve over steps has at most so many points; more are averaged in groups of equal size. */
const MAX_POINTS = 300;

/** The charts for which a run has numbers, in reading order. */
export function chartsOf({ rounds, steps }: ReportData): Chart[] {
  return [
    winRates(rounds),
    roundChart(rounds, 'klToBase', 'KL to the base policy', 'nats per answer'),
    roundChart(rounds, 'answerTokens', 'Answer length', 'mean tokens per answer'),
    judgeAccuracy(rounds),
    stepChart(steps, 'loss', 'Loss', 'mean per update step'),
    stepChart(steps, 'rewardMargin', 'Reward margin', 'chosen minus rejected, nats, mean per step'),
    stepChart(steps, 'rewardAccuracy', 'Reward accuracy', 'share of pairs with the chosen answer ahead'),
  ].filter((chart) => chart !== undefined);
}

function winRates(rounds: readonly ReportRound[]): Chart | undefined {
  const series = [
    intervals(rounds, 'winRate', 'policy'),
    intervals(rounds, 'controlWinRate', 'control: permuted judge labels'),
    intervals(rounds, 'judgeWinRate', 'policy, as the judge sees it'),
  ].filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const byRule = rounds.some(({ winRate }) => winRate !== undefined);
  return {
    title: 'Win rate against the base',
    subtitle: `held-out prompts, ${byRule ? 'by the hidden rule' : 'as the judge sees it'}, 95% interval, ties one half`,
    xName: 'round',
    x: roundAxis(series.flatMap(({ points }) => points.map(({ x }) => x))),
    y: SHARE_AXIS,
    series,
    reference: { y: 0.5, label: '50%, the base itself' },
    markers: true,
  };
}

function intervals(
  rounds: readonly ReportRound[],
  key: 'winRate' | 'controlWinRate' | 'judgeWinRate',
  name: string,
): ChartSeries {
  const points = rounds.flatMap((round): ChartPoint[] => {
    const interval: Interval | undefined = round[key];
    if (interval === undefined || !Number.isFinite(interval.mean)) return [];
    const { mean, low, high } = interval;
    return [{ x: round.round, y: mean, low, high, label: `round ${round.round}: ${formatInterval(interval)}` }];
  });
  return { name, points };
}

function judgeAccuracy(rounds: readonly ReportRound[]): Chart | undefined {
  const points = pointsOf(rounds, 'judgeAccuracy', formatPercent);
  if (points.length === 0) return undefined;
  return {
    title: 'Judge accuracy',
    subtitle: 'share of held-out comparisons judged rightly',
    xName: 'round',
    x: roundAxis(points.map(({ x }) => x)),
    y: SHARE_AXIS,
    series: [{ name: 'judge', points }],
    reference: { y: 0.5, label: '50%, chance' },
    markers: true,
  };
}

function roundChart(
  rounds: readonly ReportRound[],
  key: 'klToBase' | 'answerTokens',
  title: string,
  subtitle: string,
): Chart | undefined {
  const points = pointsOf(rounds, key, formatNumber);
  if (points.length === 0) return undefined;
  const values = points.map(({ y }) => y);
  return {
    title,
    subtitle,
    xName: 'round',
    x: roundAxis(points.map(({ x }) => x)),
    y: numberAxis(values, { fromZero: true }),
    series: [{ name: 'policy', points }],
    markers: true,
  };
}

function pointsOf(
  rounds: readonly ReportRound[],
  key: 'klToBase' | 'answerTokens' | 'judgeAccuracy',
  format: (value: number) => string,
): ChartPoint[] {
  return rounds.flatMap((round): ChartPoint[] => {
    const y = round[key];
    if (y === undefined || !Number.isFinite(y)) return [];
    return [{ x: round.round, y, label: `round ${round.round}: ${format(y)}` }];
  });
}

function stepChart(
  steps: readonly ReportStep[],
  key: 'loss' | 'rewardMargin' | 'rewardAccuracy',
  title: string,
  subtitle: string,
): Chart | undefined {
  const isShare = key === 'rewardAccuracy';
  const measured = steps.flatMap(({ step, [key]: y }) =>
    y !== undefined && Number.isFinite(y) ? [{ x: step, y }] : [],
  );
  if (measured.length === 0) return undefined;
  const size = Math.ceil(measured.length / MAX_POINTS);
  const points = grouped(measured, size).map((point) => ({
    ...point,
    label: `step ${formatNumber(point.x)}: ${isShare ? formatPercent(point.y) : formatNumber(point.y)}`,
  }));
  const values = points.map(({ y }) => y);
  return {
    title,
    subtitle: size > 1 ? `${subtitle}, averaged over ${size} steps` : subtitle,
    xName: 'step',
    x: stepAxis(measured.map(({ x }) => x)),
    y: isShare ? SHARE_AXIS : numberAxis(values, { fromZero: key === 'rewardMargin' }),
    series: [{ name: 'policy', points }],
    ...(isShare && { reference: { y: 0.5, label: '50%, chance' } }),
    marks: roundStarts(steps),
    markers: points.length === 1,
  };
}

function grouped(points: readonly { x: number; y: number }[], size: number): { x: number; y: number }[] {
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const group = points.slice(i * size, (i + 1) * size);
    const mean = (key: 'x' | 'y'): number => group.reduce((sum, point) => sum + point[key], 0) / group.length;
    return { x: mean('x'), y: mean('y') };
  });
}

/** Where each round begins, when there are several and few enough to be told apart. */
function roundStarts(steps: readonly ReportStep[]): { x: number; label: string }[] {
  const starts = steps.filter((step, i) => step.round !== steps[i - 1]?.round);
  if (starts.length < 2 || starts.length > 8) return [];
  return starts.map(({ step, round }) => ({ x: step, label: `round ${round}` }));
}
