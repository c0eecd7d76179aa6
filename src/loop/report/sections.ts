import { flattenJson } from '../manifest.ts';
import { formatInterval, formatNumber, formatPercent, MISSING } from './format.ts';
import type { Content } from './markup.ts';
import { markup } from './markup.ts';
import type { ReportData, ReportRound, ReportStep } from './reportData.ts';

/** The figures to see first: the last round's win rate and what puts it in proportion. */
export function headline({ rounds, judge }: ReportData): Content {
  const last = rounds.at(-1);
  const rate = last?.winRate ?? last?.judgeWinRate;
  const heldOut = judge?.heldOutAccuracy ?? last?.judgeAccuracy;
  const tiles: [name: string, value: string | undefined, detail: string][] = [
    [
      last?.winRate ? 'Win rate against the base' : 'Judged win rate against the base',
      rate && formatPercent(rate.mean),
      rate ? `95% interval ${formatPercent(rate.low)} to ${formatPercent(rate.high)}, round ${last?.round}` : '',
    ],
    [
      'Control',
      last?.controlWinRate && formatPercent(last.controlWinRate.mean),
      'the same run on permuted judge labels',
    ],
    ['KL to the base', last?.klToBase === undefined ? undefined : formatNumber(last.klToBase), 'nats per answer'],
    ['Judge accuracy', heldOut === undefined ? undefined : formatPercent(heldOut), 'held-out comparisons'],
  ];
  const shown = tiles.map(([name, value, detail]) =>
    value === undefined
      ? undefined
      : markup`<div class="card tile"><dt>${name}</dt><dd>${value}<span>${detail}</span></dd></div>\n`,
  );
  return shown.every((tile) => tile === undefined) ? undefined : markup`<dl class="tiles">\n${shown}</dl>`;
}

type Column = [name: string, cell: (round: ReportRound) => string];

/** One row per round, with the columns for which the run has numbers. */
export function roundTable({ rounds, steps }: ReportData): Content {
  if (rounds.length === 0) return undefined;
  const columns: Column[] = [
    ['Win rate (95%)', ({ winRate }) => formatInterval(winRate)],
    ['Control (95%)', ({ controlWinRate }) => formatInterval(controlWinRate)],
    ['Judged win rate (95%)', ({ judgeWinRate }) => formatInterval(judgeWinRate)],
    ['KL, nats', ({ klToBase }) => formatNumber(klToBase)],
    ['Tokens', ({ answerTokens }) => formatNumber(answerTokens)],
    ['Judge accuracy', ({ judgeAccuracy }) => formatPercent(judgeAccuracy)],
    ['Pairs', ({ pairs }) => formatNumber(pairs)],
    ['Mean loss', ({ round }) => formatNumber(meanLoss(steps, round))],
  ];
  const shown = columns.filter(([, cell]) => rounds.some((round) => cell(round) !== MISSING));
  const rows = rounds.map(
    (round) =>
      markup`<tr><th scope="row">${round.round === 0 ? '0 (base)' : round.round}</th>${shown.map(
        ([, cell]) => markup`<td>${cell(round)}</td>`,
      )}</tr>\n`,
  );
  return tableSection('Rounds', 'numbers', ['Round', ...shown.map(([name]) => name)], rows);
}

function tableSection(title: string, style: string, heads: readonly string[], rows: Content): Content {
  return markup`<section><h2>${title}</h2>
<div class="card scroll" tabindex="0" role="region" aria-label="${title}"><table class="${style}">
<thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table></div></section>`;
}

function meanLoss(steps: readonly ReportStep[], round: number): number | undefined {
  const losses = steps.filter((step) => step.round === round).map(({ loss }) => loss);
  return losses.length === 0 ? undefined : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** Prompts with the answers of the base and of the final policy, side by side. */
export function examples({ examples }: ReportData): Content {
  if (examples.length === 0) return undefined;
  const shown = examples.map(
    ({ prompt, before, after }) => markup`<article class="card example">
<div class="prompt"><h3>Prompt</h3><p dir="auto">${prompt}</p></div>
<div><h3>Before</h3><p dir="auto">${before}</p></div>
<div class="after"><h3>After</h3><p dir="auto">${after}</p></div>
</article>
`,
  );
  return markup`<section><h2>Answers before and after</h2>
${shown}</section>`;
}

/** What the reader must know besides. */
export function notes({ notes }: ReportData): Content {
  if (notes.length === 0) return undefined;
  const items = notes.map((note) => markup`<li>${note}</li>\n`);
  return markup`<section><h2>Notes</h2><ul class="card notes">\n${items}</ul></section>`;
}

/** The resolved recipe, one row per option. */
export function settings({ settings, judge }: ReportData): Content {
  const options: [string, string][] = flattenJson(settings).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  if (judge !== undefined) options.unshift(['judge used', judge.name]);
  if (options.length === 0) return undefined;
  const rows = options.map(([key, value]) => markup`<tr><th scope="row">${key}</th><td>${value}</td></tr>\n`);
  return tableSection('Settings', 'settings', ['Option', 'Value'], rows);
}
