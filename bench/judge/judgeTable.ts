import { formatNumber, formatPercent, MISSING } from '../../src/loop/report/format.ts';
import type { JudgeBenchResult } from './benchJudge.ts';

/** A result and what the judge is called in tables. */
export interface NamedJudgeResult extends JudgeBenchResult {
  spec: string;
}

type Cell = (result: NamedJudgeResult) => string;

const share = (value: number | null | undefined): string => formatPercent(value ?? undefined);
const number = (value: number | null | undefined): string => formatNumber(value ?? undefined);
const signed = (value: number | undefined): string =>
  value === undefined ? MISSING : `${value >= 0 ? '+' : '-'}${formatPercent(Math.abs(value))}`;

/** Figures of judges beside each other: a row of names, then a row for each figure that one of them has. */
export function judgeTable(results: readonly NamedJudgeResult[]): string[][] {
  const rows: [name: string, cell: Cell][] = [
    ['accuracy', ({ overall }) => share(overall.accuracy)],
    [
      '  95% interval',
      ({ overall: { interval } }) =>
        interval ? `${formatPercent(interval.low)} to ${formatPercent(interval.high)}` : MISSING,
    ],
    ...subsetRows(results),
    ['ties', ({ overall }) => String(overall.ties)],
    ['failed', ({ overall }) => String(overall.failed)],
    ['with ties half right', ({ overall }) => share(overall.credit)],
    ['calibration error', ({ calibration }) => share(calibration?.ece)],
    ['Brier score', ({ calibration }) => number(calibration?.brier)],
    ['log loss', ({ calibration }) => number(calibration?.logLoss)],
    ['bias to the first place', ({ position }) => signed(position?.bias)],
    ['winner turns with places', ({ position }) => share(position?.flips)],
    ['longer answer preferred', ({ length }) => share(length.longerPreferred)],
    ['  longer is better', ({ length }) => share(length.longerBetter)],
    ['accuracy, better is longer', ({ length }) => share(length.betterLonger.accuracy)],
    ['accuracy, better is shorter', ({ length }) => share(length.betterShorter.accuracy)],
    ['agrees with itself', ({ consistency }) => share(consistency?.agreement)],
    ['seconds per pair', ({ secondsPerPair }) => number(secondsPerPair)],
    ['tokens per pair', (result) => number(tokensPerPair(result))],
    ['dollars', ({ cost }) => number(cost.dollars)],
  ];
  const shown = rows
    .map(([name, cell]) => [name, ...results.map(cell)])
    .filter(([, ...cells]) => cells.some((cell) => cell !== MISSING));
  return [['', ...results.map(({ spec }) => spec)], ...shown];
}

/** RewardBench's sections, or the data's own subsets; then RewardBench 2's best of several. */
function subsetRows(results: readonly NamedJudgeResult[]): [name: string, cell: Cell][] {
  const keys = (of: (result: NamedJudgeResult) => object | undefined): string[] => [
    ...new Set(results.flatMap((result) => Object.keys(of(result) ?? {}))),
  ];
  const sections = keys(({ rewardBench }) => rewardBench?.strict.sections);
  const parts: [string, Cell][] =
    sections.length > 0
      ? [
          ...sections.map((name): [string, Cell] => [
            `  ${name}`,
            ({ rewardBench }) => share(rewardBench?.strict.sections[name]),
          ]),
          ['  mean of sections', ({ rewardBench }) => share(rewardBench?.strict.overall)],
          ['  mean, ties half right', ({ rewardBench }) => share(rewardBench?.credit.overall)],
        ]
      : keys(({ subsets }) => subsets).map((name) => [`  ${name}`, ({ subsets }) => share(subsets[name]?.accuracy)]);
  const best = keys(({ bestOf }) => bestOf).map((name): [string, Cell] => [
    `best of several, ${name}`,
    ({ bestOf }) => share(bestOf[name]?.score),
  ]);
  return [...parts, ...best, ['ties among right answers', ({ ties }) => share(ties?.score)]];
}

function tokensPerPair({ cost, overall }: NamedJudgeResult): number | undefined {
  const { promptTokens, completionTokens } = cost;
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  return ((promptTokens ?? 0) + (completionTokens ?? 0)) / overall.pairs;
}
