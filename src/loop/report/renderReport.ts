import { answersBrowser, judgedBrowser } from './browsers.ts';
import { heatMap } from './heatMap.ts';
import { type Content, markup } from './markup.ts';
import { type Chart, lineChart } from './lineChart.ts';
import { page } from './page.ts';
import type { ReportData } from './reportData.ts';
import { roundCharts } from './roundCharts.ts';
import { SCRIPT } from './script.ts';
import {
  beforeTable,
  environment,
  headline,
  notes,
  playedTable,
  roundTable,
  settings,
  timingTable,
  warnings,
} from './sections.ts';
import { otherStepCharts, stepCharts } from './stepCharts.ts';

/**
 * The text of `report.html`: one file with its style, its charts and its script inside, and a content policy that
 * forbids every request. All text from prompts and answers is escaped. Equal data give equal bytes.
 */
export function renderReport(data: ReportData): string {
  const { title, summary, answers, judged, rounds, steps } = data;
  const more = otherStepCharts(steps);
  const body = markup`${headline(data)}
${warnings(data)}
${chartSection('Rounds in curves', roundCharts(rounds))}
${roundTable(data)}
${iterates(data)}
${answersBrowser(data)}
${chartSection('Training', stepCharts(steps))}
${more.length === 0 ? undefined : markup`<details><summary>More of what training logged</summary>${chartSection('', more)}</details>`}
${judgedBrowser(data)}
${playedTable(data)}
${beforeTable(data)}
${notes(data)}
${settings(data)}
${environment(data)}
${timingTable(data)}`;
  const isBrowsed = answers !== undefined || judged.length > 0;
  return page({ title, summary, body, ...(isBrowsed && { script: SCRIPT, data: { answers, judged } }) });
}

function chartSection(title: string, charts: readonly Chart[]): Content {
  if (charts.length === 0) return undefined;
  const heading = title === '' ? undefined : markup`<h2>${title}</h2>`;
  return markup`<section>${heading}<div class="charts">${charts.map((chart) => lineChart(chart))}</div></section>`;
}

function iterates({ iterates }: ReportData): Content {
  if (iterates === undefined) return undefined;
  const map = heatMap({
    title: 'Win rates among the iterates',
    subtitle: '% in which the row beats the column, as the judge sees it',
    names: iterates.map((_, at) => (at === 0 ? 'base' : `round ${at}`)),
    matrix: iterates,
  });
  return markup`<section><h2>Iterates</h2><div class="charts">${map}</div></section>`;
}
