import type { MetricsRow } from '../metricsLog.ts';
import { formatInterval, formatNumber, formatPercent, MISSING } from './format.ts';
import type { ReportRound } from './reportData.ts';

/** A figure of a round by name, and how it is shown. */
export type Column = readonly [name: string, cell: (round: ReportRound) => string];

/** Names of figures that every recipe has; others stand under the name in the log. */
const NAMES: Readonly<Record<string, string>> = {
  klToBase: 'KL, nats',
  answerTokens: 'Tokens',
  judgeAccuracy: 'Judge accuracy',
  pairs: 'Pairs',
  finished: 'Ended by itself',
  entropy: 'Entropy',
  lengthToBase: 'Length to base',
  lengthToPrevious: 'To round before',
  distinctRatio: 'Distinct',
};

const PERCENT = new Set(['judgeAccuracy', 'finished', 'distinctRatio', 'judgeAgreement', 'judgeFlips', 'cyclicShare']);

/** The figures that at least one of the rounds has, in reading order. */
export function roundColumns(rounds: readonly ReportRound[], steps: readonly MetricsRow[]): Column[] {
  const names = [...new Set(rounds.flatMap(({ values }) => Object.keys(values)))];
  const known = Object.keys(NAMES).filter((name) => names.includes(name));
  const columns: Column[] = [
    ['Win rate (95%)', ({ winRate }) => formatInterval(winRate)],
    ['Control (95%)', ({ controlWinRate }) => formatInterval(controlWinRate)],
    ['Judged win rate (95%)', ({ judgeWinRate }) => formatInterval(judgeWinRate)],
    ['Over the round before (95%)', ({ winRateOverPrevious }) => formatInterval(winRateOverPrevious)],
    ...known.map((name): Column => [NAMES[name]!, valueOf(name)]),
    ['Mean loss', ({ round }) => formatNumber(meanLoss(steps, round))],
    ...names.filter((name) => !known.includes(name)).map((name): Column => [name, valueOf(name)]),
  ];
  return columns.filter(([, cell]) => rounds.some((round) => cell(round) !== MISSING));
}

function valueOf(name: string): Column[1] {
  const format = PERCENT.has(name) ? formatPercent : formatNumber;
  return ({ values }) => format(values[name]);
}

function meanLoss(steps: readonly MetricsRow[], round: number): number | undefined {
  const losses = steps.flatMap(({ stage, round: at, values: { loss } }) =>
    stage === 'train' && at === round && loss !== undefined && Number.isFinite(loss) ? [loss] : [],
  );
  return losses.length === 0 ? undefined : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
