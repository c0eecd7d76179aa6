import { benchPage } from '../report/benchPage.ts';
import { namedPoints } from '../report/namedPoints.ts';
import { PERCENT_AXIS } from '../report/percentAxis.ts';
import type { AlpacaEvalFigures } from './alpacaEvalFigures.ts';
import type { ModelComparison } from './compareModels.ts';
import type { FigureIntervals } from './figureIntervals.ts';

/** A page about one model against a baseline: win rates with their intervals, in all and by category. */
export function renderAlpacaEval(
  figures: AlpacaEvalFigures,
  intervals: FigureIntervals,
  comparison: ModelComparison | null,
): string {
  const { model, baseline, annotator, win_rate, length_controlled_winrate: controlled } = figures;
  const rates = [
    ...(controlled === null
      ? []
      : [{ name: 'length-controlled', value: controlled, interval: intervals.length_controlled_winrate ?? undefined }]),
    { name: 'win rate', value: win_rate, interval: intervals.win_rate },
    { name: 'discrete', value: figures.discrete_win_rate },
  ];
  const reference = { y: 50, label: 'as good as the baseline' };
  const chart = { y: PERCENT_AXIS, reference };
  const categories = figures.categories.map(({ dataset, win_rate: value }) => ({ name: dataset, value }));
  return benchPage({
    title: `${model} against ${baseline}`,
    summary: `${figures.n_total} prompts judged by ${annotator ?? 'an unnamed annotator'}`,
    warnings: figures.warnings,
    charts: [
      namedPoints(
        { ...chart, title: 'Win rates', subtitle: 'Bars: 95% bootstrap over prompts', xName: 'figure' },
        rates,
      ),
      namedPoints(
        { ...chart, title: 'Win rate by category', subtitle: 'Category of the prompt', xName: 'category' },
        categories,
      ),
    ],
    tables: [
      { heading: 'Figures', rows: figureRows(figures, intervals) },
      {
        heading: 'Categories',
        rows: [
          ['category', 'prompts', 'win rate', 'wins', 'draws', 'losses'],
          ...figures.categories.map((row) => [
            row.dataset,
            ...[row.n_total, percent(row.win_rate), row.n_wins, row.n_draws, row.n_wins_base].map(String),
          ]),
        ],
      },
      ...(comparison ? [{ heading: 'Paired test', rows: comparisonRows(comparison) }] : []),
    ],
  });
}

function figureRows(figures: AlpacaEvalFigures, intervals: FigureIntervals): string[][] {
  const { n_wins, n_draws, n_wins_base, lengthControl, length_controlled_winrate: controlled } = figures;
  const range = (interval: readonly [number, number] | null): string =>
    interval ? `${percent(interval[0])} to ${percent(interval[1])}` : '–';
  return [
    ['figure', 'value', '95% interval'],
    ...(controlled === null
      ? []
      : [['length-controlled win rate', percent(controlled), range(intervals.length_controlled_winrate)]]),
    ['win rate', percent(figures.win_rate), range(intervals.win_rate)],
    ['standard error', figures.standard_error.toFixed(2), '–'],
    ['discrete win rate', percent(figures.discrete_win_rate), '–'],
    ['wins, draws, losses', `${n_wins}, ${n_draws}, ${n_wins_base}`, '–'],
    ['average length', `${figures.avg_length} characters`, '–'],
    ...(lengthControl ? [['length control', `${lengthControl.method}, C ${lengthControl.C.toPrecision(4)}`, '–']] : []),
  ];
}

function comparisonRows({ models, rows, left, difference, interval, pValue }: ModelComparison): string[][] {
  return [
    ['models', 'points', '95% interval', 'p', 'shared prompts', 'left out'],
    [
      `${models[0]} less ${models[1]}`,
      difference.toFixed(2),
      `${interval[0].toFixed(2)} to ${interval[1].toFixed(2)}`,
      pValue.toPrecision(2),
      String(rows),
      String(left),
    ],
  ];
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}
