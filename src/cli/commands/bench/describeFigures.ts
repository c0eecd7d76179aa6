import type { AlpacaEvalFigures, annotationCost, FigureIntervals, ModelComparison } from '../../../../bench/index.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';

type AnnotationCost = ReturnType<typeof annotationCost>;

const percent = (value: number): string => value.toFixed(2);
const range = ([low, high]: readonly [number, number]): string => `(95%: ${percent(low)} to ${percent(high)})`;

/** The figures of one model against a baseline, in lines. */
export function describeFigures(figures: AlpacaEvalFigures, intervals: FigureIntervals, cost: AnnotationCost): string {
  const { model, baseline, annotator, lengthControl } = figures;
  const lines = [
    `${model} against ${baseline}, by ${annotator ?? 'an unnamed annotator'}`,
    ...(figures.length_controlled_winrate === null
      ? []
      : [
          `length-controlled win rate  ${percent(figures.length_controlled_winrate)}%` +
            (intervals.length_controlled_winrate ? ` ${range(intervals.length_controlled_winrate)}` : ''),
        ]),
    `win rate                    ${percent(figures.win_rate)}% ${range(intervals.win_rate)}${standardError(figures)}`,
    `discrete win rate           ${percent(figures.discrete_win_rate)}%: ${figures.n_wins} wins, ${figures.n_draws} draws, ${figures.n_wins_base} losses`,
    `prompts                     ${figures.n_total} judged`,
    `average length              ${figures.avg_length} characters`,
    ...(cost.seconds > 0 || cost.dollars !== undefined ? [`judging took                ${describeCost(cost)}`] : []),
  ];
  if (lengthControl) {
    const { length, difficulty, model: own } = lengthControl.weights;
    lines.push(
      `length control              ${lengthControl.method}, C ${lengthControl.C.toPrecision(4)}, weights: length ${length.toFixed(4)}, ` +
        `difficulty ${difficulty.toFixed(4)}, model ${own.toFixed(4)}`,
    );
  }
  const categories = figures.categories.map(({ dataset, win_rate, n_total }) => [
    dataset,
    String(n_total),
    `${percent(win_rate)}%`,
  ]);
  return `${lines.join('\n')}\n\n${alignColumns([['category', 'prompts', 'win rate'], ...categories], [1, 2])}`;
}

/** Two models against the same baseline, in a line. */
export function describeComparison({ models, rows, left, difference, interval, pValue }: ModelComparison): string {
  const skipped = left > 0 ? `, ${left} left out` : '';
  return `${models[0]} less ${models[1]}: ${percent(difference)} points ${range(interval)}, p = ${pValue.toPrecision(2)} on ${rows} shared prompts${skipped}`;
}

function describeCost({ seconds, dollars }: AnnotationCost): string {
  return `${seconds.toFixed(1)} s${dollars === undefined ? '' : `, ${dollars.toFixed(4)} dollars`}`;
}

/** One prompt has none. */
function standardError({ standard_error: error }: AlpacaEvalFigures): string {
  return Number.isNaN(error) ? '' : `, standard error ${percent(error)}`;
}
