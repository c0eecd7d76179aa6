import { flattenJson, isJsonObject, type JsonObject } from '../manifest.ts';
import { formatNumber, formatPercent, MISSING } from './format.ts';
import type { Content } from './markup.ts';
import { markup } from './markup.ts';
import type { ReportData } from './reportData.ts';
import { roundColumns } from './roundColumns.ts';

/** The figures to see first: the last round's win rate and what puts it in proportion. */
export function headline({ rounds, judge }: ReportData): Content {
  const last = rounds.at(-1);
  const rate = last?.winRate ?? last?.judgeWinRate;
  const kl = last?.values['klToBase'];
  const heldOut = judge?.heldOutAccuracy ?? last?.values['judgeAccuracy'];
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
    ['KL to the base', kl === undefined ? undefined : formatNumber(kl), 'nats per answer'],
    ['Judge accuracy', heldOut === undefined ? undefined : formatPercent(heldOut), 'held-out comparisons'],
  ];
  const shown = tiles.map(([name, value, detail]) =>
    value === undefined
      ? undefined
      : markup`<div class="card tile"><dt>${name}</dt><dd>${value}<span>${detail}</span></dd></div>\n`,
  );
  return shown.every((tile) => tile === undefined) ? undefined : markup`<dl class="tiles">\n${shown}</dl>`;
}

/** One row per round, with the columns for which the run has numbers. */
export function roundTable({ rounds, steps }: ReportData): Content {
  if (rounds.length === 0) return undefined;
  const columns = roundColumns(rounds, steps);
  const rows = rounds.map(
    (round) =>
      markup`<tr><th scope="row">${round.round === 0 ? '0 (base)' : round.round}</th>${columns.map(
        ([, cell]) => markup`<td>${cell(round)}</td>`,
      )}</tr>\n`,
  );
  return tableSection('Rounds', 'numbers', ['Round', ...columns.map(([name]) => name)], rows);
}

/** A section with one table. */
export function tableSection(title: string, style: string, heads: readonly string[], rows: Content): Content {
  return markup`<section><h2>${title}</h2>
<div class="card scroll" tabindex="0" role="region" aria-label="${title}"><table class="${style}">
<thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table></div></section>`;
}

/** Where each round started, what it was held to, which prompts it took. */
export function playedTable({ played }: ReportData): Content {
  if (played.length === 0) return undefined;
  const rounds = played.map((round) => new Map(leaves(round)));
  const names = [...new Set(rounds.flatMap((round) => [...round.keys()]))];
  const rows = rounds.map(
    (round) => markup`<tr>${names.map((name) => markup`<td>${round.get(name) ?? MISSING}</td>`)}</tr>\n`,
  );
  return tableSection('Rounds as played', 'played', names, rows);
}

/** What was measured before the first round. */
export function beforeTable({ before }: ReportData): Content {
  const rows = Object.entries(before).map(
    ([name, value]) => markup`<tr><th scope="row">${name}</th><td>${formatNumber(value)}</td></tr>\n`,
  );
  return rows.length === 0 ? undefined : tableSection('Before the first round', 'settings', ['What', 'Value'], rows);
}

/** Time and memory of each stage. */
export function timingTable({ timings }: ReportData): Content {
  if (timings.length === 0) return undefined;
  const names = [...new Set(timings.flatMap(({ values }) => Object.keys(values)))];
  const rows = timings.map(
    ({ round, stage, values }) =>
      markup`<tr><th scope="row">${round}</th><th scope="row">${stage}</th>${names.map(
        (name) => markup`<td>${formatNumber(values[name])}</td>`,
      )}</tr>\n`,
  );
  return tableSection('Time and memory', 'numbers', ['Round', 'Stage', ...names], rows);
}

/** What is wrong, before everything else. */
export function warnings({ missing, alarms }: ReportData): Content {
  return [list('Unfinished', 'missing', missing), list('Alarms', 'alarms', alarms)];
}

function list(title: string, style: string, items: readonly string[]): Content {
  if (items.length === 0) return undefined;
  return markup`<section><h2>${title}</h2><ul class="card notes ${style}">\n${items.map((item) => markup`<li>${item}</li>\n`)}</ul></section>`;
}

/** What the reader must know besides. */
export function notes({ notes }: ReportData): Content {
  return list('Notes', 'plain', notes);
}

/** The resolved recipe, one row per option. */
export function settings({ run, judge }: ReportData): Content {
  const { config } = run;
  const options = isJsonObject(config) ? leaves(config) : [];
  if (judge !== undefined) options.unshift(['judge used', judge.name]);
  return optionTable('Settings', ['Option', 'Value'], options);
}

/** Seeds, hashes of the inputs and versions: what a run needs besides its settings to be had again. */
export function environment({ run }: ReportData): Content {
  const { config: _, ...others } = run;
  return optionTable('Environment', ['What', 'Value'], leaves(others));
}

function leaves(object: JsonObject): [string, string][] {
  return flattenJson(object).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
}

function optionTable(title: string, heads: readonly string[], options: readonly [string, string][]): Content {
  if (options.length === 0) return undefined;
  const rows = options.map(([key, value]) => markup`<tr><th scope="row">${key}</th><td>${value}</td></tr>\n`);
  return tableSection(title, 'settings', heads, rows);
}
