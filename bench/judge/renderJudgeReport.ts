import { formatPercent } from '../../src/loop/report/format.ts';
import { lineChart, type Chart } from '../../src/loop/report/lineChart.ts';
import { markup } from '../../src/loop/report/markup.ts';
import { page } from '../../src/loop/report/page.ts';
import { SHARE_AXIS, type Axis } from '../../src/loop/report/scale.ts';
import { judgeTable, type NamedJudgeResult } from './judgeTable.ts';

const AXIS: Axis = {
  low: 0.5,
  high: 1,
  ticks: [0.5, 0.6, 0.7, 0.8, 0.9, 1].map((value) => ({ value, label: `${Math.round(100 * value)}%` })),
};

/**
 * A page about judges on the same pairs: the table, and for each a plot of how often it is right by how sure it is. One file
 * with its style and plots inside, no script, and a content policy that forbids every request.
 */
export function renderJudgeReport(results: readonly NamedJudgeResult[], data: string): string {
  const [head, ...rows] = judgeTable(results) as [string[], ...string[][]];
  const charts = results.flatMap((result) => calibrationChart(result) ?? []).map((chart) => lineChart(chart));
  const title = 'Judges on labelled pairs';
  const body = markup`<section><h2>Figures</h2><div class="card scroll" tabindex="0" role="region" aria-label="Figures"><table class="numbers">
<thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(([name, ...cells]) => markup`<tr><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div></section>
<section><h2>Calibration</h2><div class="charts">${charts}</div></section>`;
  return page({ title, summary: `${results[0]?.overall.pairs ?? 0} pairs of ${data}`, body });
}

/** Accuracy by confidence, with the diagonal on which a calibrated judge lies. */
function calibrationChart({ spec, calibration }: NamedJudgeResult): Chart | undefined {
  if (!calibration) return undefined;
  const points = calibration.bins.flatMap(({ pairs, confidence, accuracy }) =>
    confidence === null || accuracy === null
      ? []
      : [
          {
            x: confidence,
            y: accuracy,
            label: `${pairs} verdicts, ${formatPercent(confidence)} sure, ${formatPercent(accuracy)} right`,
          },
        ],
  );
  const diagonal = [0.5, 1].map((value) => ({ x: value, y: value, label: `${formatPercent(value)} sure and right` }));
  return {
    title: spec,
    subtitle: `Share right, expected calibration error ${formatPercent(calibration.ece)}`,
    xName: 'how sure the judge is',
    x: AXIS,
    y: SHARE_AXIS,
    series: [
      { name: 'this judge', points },
      { name: 'calibrated', points: diagonal },
    ],
    markers: true,
  };
}
