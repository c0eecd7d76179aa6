import { numberAxis } from '../../src/loop/report/scale.ts';
import { benchPage } from '../report/benchPage.ts';
import { namedPoints } from '../report/namedPoints.ts';
import { PERCENT_AXIS } from '../report/percentAxis.ts';
import type { MissingAnswers } from './missingAnswers.ts';
import type { PairFigures, SingleFigures } from './mtBenchFigures.ts';

/** What MT-Bench tells of models; any list may be empty. */
export interface MtBenchFigures {
  single: readonly SingleFigures[];
  pairs: readonly PairFigures[];
  missing: readonly MissingAnswers[];
  warnings: readonly string[];
}

/** The tables of grades, of pairs and of missing answers, each where there is one. */
export function mtBenchTables({ single, pairs, missing }: MtBenchFigures): { heading: string; rows: string[][] }[] {
  const categories = [...new Set(single.flatMap((row) => Object.keys(row.categories)))];
  const singleRows = single.map((row) => [
    row.model,
    ...[row.score, ...row.turns, ...categories.map((name) => row.categories[name])].map(grade),
    `${row.graded}`,
    `${row.failed}`,
  ]);
  const pairRows = pairs.map(({ model, wins, ties, losses, winRate, turns, failed }) => [
    model,
    ...[wins, ties, losses].map(String),
    ...[winRate, ...turns].map(percent),
    `${failed}`,
  ]);
  return [
    ...(single.length > 0
      ? [
          {
            heading: 'Grades, 1 to 10',
            rows: [['model', 'score', 'turn 1', 'turn 2', ...categories, 'graded', 'failed'], ...singleRows],
          },
        ]
      : []),
    ...(pairs.length > 0
      ? [
          {
            heading: 'Pairs',
            rows: [['model', 'wins', 'ties', 'losses', 'win rate', 'turn 1', 'turn 2', 'failed'], ...pairRows],
          },
        ]
      : []),
    ...(missing.length > 0
      ? [
          {
            heading: 'Missing answers',
            rows: [
              ['model', 'missing', 'of', 'question/turn'],
              ...missing.map(({ model, expected, missing }) => [
                model,
                `${missing.length}`,
                `${expected}`,
                listTurns(missing),
              ]),
            ],
          },
        ]
      : []),
  ];
}

/** A page about models on MT-Bench. */
export function renderMtBench(figures: MtBenchFigures, summary: string): string {
  const { single, pairs, warnings } = figures;
  const grades = single.map(({ model, score }) => ({ name: model, value: score }));
  const rates = pairs.map(({ model, winRate }) => ({ name: model, value: 100 * winRate }));
  return benchPage({
    title: 'MT-Bench',
    summary,
    warnings,
    charts: [
      ...(single.length > 0
        ? [
            namedPoints(
              { title: 'Grades', subtitle: 'Mean of 1 to 10', xName: 'model', y: numberAxis([1, 10]) },
              grades,
            ),
          ]
        : []),
      ...(pairs.length > 0
        ? [namedPoints({ title: 'Pairs', subtitle: 'Win rate, ties as half', xName: 'model', y: PERCENT_AXIS }, rates)]
        : []),
    ],
    tables: mtBenchTables(figures),
  });
}

/** Turns that a row has room for. */
const LISTED = 8;

function listTurns(turns: MissingAnswers['missing']): string {
  const listed = turns.slice(0, LISTED).map(({ question, turn }) => `${question}/${turn}`);
  return `${listed.join(' ')}${turns.length > LISTED ? ` and ${turns.length - LISTED} more` : ''}`;
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)}%` : '–';
}

function grade(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(2);
}
