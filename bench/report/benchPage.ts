import { lineChart, type Chart } from '../../src/loop/report/lineChart.ts';
import { markup, type Markup } from '../../src/loop/report/markup.ts';
import { page } from '../../src/loop/report/page.ts';

/** A table: its heading, and rows of which the first names the columns. */
export interface BenchTable {
  heading: string;
  rows: readonly (readonly string[])[];
}

export interface BenchPage {
  title: string;
  summary: string;
  /** What a reader must know before the figures. */
  warnings?: readonly string[];
  tables: readonly BenchTable[];
  charts: readonly Chart[];
}

/**
 * The text of a page about one benchmark: warnings, plots and tables. One file with its style and plots inside, no script,
 * and a content policy that forbids every request.
 */
export function benchPage({ title, summary, warnings = [], tables, charts }: BenchPage): string {
  const notes =
    warnings.length > 0 &&
    markup`<section><h2>Read this first</h2><ul class="card notes">${warnings.map((text) => markup`<li>${text}</li>`)}</ul></section>`;
  const body = markup`${notes || undefined}
<section><h2>Plots</h2><div class="charts">${charts.map((chart) => lineChart(chart))}</div></section>
${tables.map(table)}`;
  return page({ title, summary, body });
}

function table({ heading, rows: [head = [], ...rows] }: BenchTable): Markup {
  return markup`<section><h2>${heading}</h2><div class="card scroll" tabindex="0" role="region" aria-label="${heading}"><table class="numbers">
<thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(([name, ...cells]) => markup`<tr><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div></section>
`;
}
