import { chartsOf } from './charts.ts';
import { markup } from './markup.ts';
import { lineChart } from './lineChart.ts';
import type { ReportData } from './reportData.ts';
import { examples, headline, notes, roundTable, settings } from './sections.ts';
import { STYLE } from './style.ts';

/**
 * The text of `report.html`: one file with its style and its charts inside, no script, and a content policy that
 * forbids every request. All text from prompts and answers is escaped. Equal data give equal bytes.
 */
export function renderReport(data: ReportData): string {
  const summary = data.summary === undefined ? undefined : markup`<p class="summary">${data.summary}</p>`;
  const charts = chartsOf(data).map((chart) => lineChart(chart));
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${data.title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header><h1>${data.title}</h1>${summary}</header>
${headline(data)}
${charts.length === 0 ? undefined : markup`<section><h2>Curves</h2><div class="charts">${charts}</div></section>`}
${roundTable(data)}
${examples(data)}
${notes(data)}
${settings(data)}
</main>
</body>
</html>
`.text;
}
