import { comparisonCharts } from './comparisonCharts.ts';
import { comparisonTables, type ComparisonTable } from './comparisonTables.ts';
import type { RunComparison } from './compareRuns.ts';
import { type Content, markup } from './markup.ts';
import { lineChart } from './lineChart.ts';
import { page } from './page.ts';
import { tableSection } from './sections.ts';

/** The text of a self-contained page that sets runs side by side: what differs, their figures, their curves over each other. */
export function renderComparison(comparison: RunComparison): string {
  const names = comparison.runs.map(({ name }) => name);
  const [differences, ...figures] = comparisonTables(comparison);
  const charts = comparisonCharts(comparison.runs).map((chart) => lineChart(chart));
  const body = markup`${differences && table(differences)}
${charts.length === 0 ? undefined : markup`<section><h2>Curves</h2><div class="charts">${charts}</div></section>`}
${figures.map((each) => table(each))}`;
  return page({ title: names.join(' and '), summary: `${names.length} runs side by side.`, body });
}

function table({ title, head, rows }: ComparisonTable): Content {
  const lines = rows.map(
    ([first, ...cells]) =>
      markup`<tr><th scope="row">${first}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`,
  );
  return tableSection(title, title === 'What differs' ? 'settings' : 'numbers', head, lines);
}
