import { formatInterval, formatNumber, formatPercent } from './format.ts';
import type { Chart, ChartPoint, ChartSeries } from './lineChart.ts';
import type { Interval, ReportRound } from './reportData.ts';
import { numberAxis, roundAxis, SHARE_AXIS } from './scale.ts';

/** A chart of what is measured after each round. */
export interface RoundChart {
  title: string;
  subtitle: string;
  /** Names in the log, each with its name in the chart. */
  curves: Readonly<Record<string, string>>;
  isShare?: boolean;
  /** A line to compare with. */
  reference?: { y: number; label: string };
}

/** What recipes and monitors measure, in reading order. */
export const ROUND_CHARTS: readonly RoundChart[] = [
  { title: 'KL to the base policy', subtitle: 'nats per answer', curves: { klToBase: 'policy' } },
  { title: 'Answer length', subtitle: 'mean tokens per answer', curves: { answerTokens: 'policy' } },
  {
    title: 'Length drift',
    subtitle: 'length against other answers to the same prompts',
    curves: { lengthToBase: 'to the base', lengthToPrevious: 'to the round before' },
    reference: { y: 1, label: 'as long' },
  },
  { title: 'Entropy', subtitle: 'nats per token of the policy’s answers', curves: { entropy: 'policy' } },
  {
    title: 'Judge accuracy',
    subtitle: 'share of held-out comparisons judged rightly',
    curves: { judgeAccuracy: 'judge' },
    isShare: true,
    reference: { y: 0.5, label: '50%, chance' },
  },
  {
    title: 'Judge drift',
    subtitle: 'share of comparisons, against a frozen judge',
    curves: { judgeAgreement: 'same preference', judgeFlips: 'opposite preference' },
    isShare: true,
  },
  {
    title: 'Distinct answers',
    subtitle: 'share of the answers to a prompt that differ',
    curves: { distinctRatio: 'policy' },
    isShare: true,
  },
  {
    title: 'Balance score',
    subtitle: 'B-STaR, exploration and exploitation',
    curves: { balanceScore: 'policy' },
    isShare: true,
  },
  { title: 'Cyclic iterates', subtitle: 'share of triples', curves: { cyclicShare: 'iterates' }, isShare: true },
];

/** Figures of a round that belong in its table rather than in a curve. */
const COUNTS = /^(pairs|examples|judged|finished)$|\//;

const PASS = /^passAt(\d+)$/;

/** The charts by round for which a run has numbers. */
export function roundCharts(rounds: readonly ReportRound[]): Chart[] {
  const known = [...ROUND_CHARTS, passRates(rounds)];
  const names = new Set(known.flatMap(({ curves }) => Object.keys(curves)));
  const others = [...new Set(rounds.flatMap(({ values }) => Object.keys(values)))]
    .filter((name) => !names.has(name) && !COUNTS.test(name))
    .map((name): RoundChart => ({ title: name, subtitle: 'by round', curves: { [name]: 'policy' } }));
  return [
    winRates(rounds),
    overPrevious(rounds),
    ...[...known, ...others].map((chart) => roundChart(chart, rounds)),
  ].filter((chart) => chart !== undefined);
}

function passRates(rounds: readonly ReportRound[]): RoundChart {
  const names = [...new Set(rounds.flatMap(({ values }) => Object.keys(values)))].filter((name) => PASS.test(name));
  return {
    title: 'pass@k',
    subtitle: 'share of prompts with a right answer among k',
    curves: Object.fromEntries(names.map((name) => [name, `k = ${PASS.exec(name)![1]}`])),
    isShare: true,
  };
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

function overPrevious(rounds: readonly ReportRound[]): Chart | undefined {
  const series = intervals(rounds, 'winRateOverPrevious', 'policy');
  if (series.points.length === 0) return undefined;
  return {
    title: 'Win rate over the round before',
    subtitle: 'held-out prompts, as the judge sees it, 95% interval, ties one half',
    xName: 'round',
    x: roundAxis(series.points.map(({ x }) => x)),
    y: SHARE_AXIS,
    series: [series],
    reference: { y: 0.5, label: '50%, no better' },
    markers: true,
  };
}

type Rate = 'winRate' | 'controlWinRate' | 'judgeWinRate' | 'winRateOverPrevious';

/** One rate by round, with its error bars. */
export function intervals(rounds: readonly ReportRound[], key: Rate, name: string): ChartSeries {
  const points = rounds.flatMap((round): ChartPoint[] => {
    const interval: Interval | undefined = round[key];
    if (interval === undefined || !Number.isFinite(interval.mean)) return [];
    const { mean, low, high } = interval;
    return [{ x: round.round, y: mean, low, high, label: `round ${round.round}: ${formatInterval(interval)}` }];
  });
  return { name, points };
}

function roundChart(
  { title, subtitle, curves, isShare, reference }: RoundChart,
  rounds: readonly ReportRound[],
): Chart | undefined {
  const series = Object.entries(curves)
    .map(([key, name]) => roundSeries(rounds, key, name, isShare === true))
    .filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const points = series.flatMap((curve) => curve.points);
  return {
    title,
    subtitle,
    xName: 'round',
    x: roundAxis(points.map(({ x }) => x)),
    y: isShare
      ? SHARE_AXIS
      : numberAxis([...points.map(({ y }) => y), ...(reference ? [reference.y] : [])], { fromZero: true }),
    series,
    ...(reference && { reference }),
    markers: true,
  };
}

/** One number by round. */
export function roundSeries(rounds: readonly ReportRound[], key: string, name: string, isShare: boolean): ChartSeries {
  const points = rounds.flatMap(({ round, values: { [key]: y } }): ChartPoint[] => {
    if (y === undefined || !Number.isFinite(y)) return [];
    return [{ x: round, y, label: `round ${round}: ${isShare ? formatPercent(y) : formatNumber(y)}` }];
  });
  return { name, points };
}
