import type { LengthStatistics } from '../../../../datasets/index.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { barChart } from '../../drawing/barChart.ts';
import { wrapText } from '../../drawing/wrapText.ts';
import type { DatasetStatistics } from './datasetStatistics.ts';
import { describeRows } from './describeRows.ts';
import { percent } from './percent.ts';

interface TextOptions {
  /** Columns of the terminal. */
  width: number;
  plain: boolean;
}

const QUANTILES = ['mean', 'std', 'min', 'p5', 'p25', 'p50', 'p75', 'p95', 'p99', 'max'] as const;

/** Statistics to read. */
export function statisticsText(statistics: DatasetStatistics, { width, plain }: TextOptions): string {
  const { place, lengths, chosenLength, turns, numbers, problems, warnings } = statistics;
  const sections = [`${place}\n${alignColumns(facts(statistics))}`];
  for (const [unit, texts] of Object.entries(lengths)) {
    sections.push(table(unit, { ...texts, ...(unit === 'characters' ? { turns } : {}) }));
  }
  const measures = Object.keys(numbers).length > 0 ? [table('numbers', numbers)] : [];
  sections.push(...measures);
  if (chosenLength) sections.push(biasText(chosenLength));
  const unit = 'tokens' in lengths ? 'tokens' : 'words';
  for (const [name, { histogram }] of Object.entries(lengths[unit] ?? {})) {
    const bars = histogram.counts.map((count, at) => ({
      label: `${histogram.edges[at]} to ${histogram.edges[at + 1]}`,
      count,
    }));
    sections.push(`${name}, ${unit}\n${barChart(bars, { width, plain })}`);
  }
  sections.push(...warnings);
  if (problems.length > 0) sections.push(problemsText(statistics, width));
  return sections.join('\n\n');
}

function facts({ rows, as, pairs, responses, bad, adapters, prompts, duplicates }: DatasetStatistics): string[][] {
  const items = as === 'pairs' ? pairs : responses;
  const kind = as === 'prompts' ? [] : [[as, `${items}`]];
  return [
    ['rows', String(rows)],
    ...kind,
    ['prompts', `${prompts.unique} different`],
    ['repeated', duplicates === 0 ? 'none' : `${duplicates} whose texts were all there before`],
    ['bad rows', String(bad)],
    [
      'read as',
      Object.entries(adapters)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ') || 'nothing',
    ],
  ];
}

function table(heading: string, rows: Readonly<Record<string, LengthStatistics | undefined>>): string {
  const lines = Object.entries(rows).flatMap(([name, statistics]) =>
    statistics ? [[name, ...QUANTILES.map((quantile) => short(statistics[quantile]))]] : [],
  );
  return alignColumns(
    [[heading, ...QUANTILES], ...lines],
    QUANTILES.map((_, at) => at + 1),
  );
}

/** Three digits that matter, and no less than the whole part. */
function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function biasText(chosenLength: NonNullable<DatasetStatistics['chosenLength']>): string {
  const lines = Object.entries(chosenLength).map(([unit, { longer, equal, shorter }]) => [
    unit,
    percent(longer),
    percent(equal),
    percent(shorter),
  ]);
  return alignColumns([['chosen is', 'longer', 'as long', 'shorter'], ...lines], [1, 2, 3]);
}

function problemsText({ problems, bad, rows }: DatasetStatistics, width: number): string {
  const listed = problems.flatMap(({ reason, count, first }) => {
    const places = describeRows(first, count);
    const text = `${first[0]!.why} (${places})`;
    return [`  ${count} ${reason}`, ...wrapText(text, width - 4).map((line) => `    ${line}`)];
  });
  return [`bad rows: ${bad} of ${rows}`, ...listed].join('\n');
}
