import type { PreferenceMatrix } from '../../judges/aggregate/preferenceMatrix.ts';
import { formatPercent } from './format.ts';
import { type Markup, markup } from './markup.ts';

/** A matrix of preferences: rows win in blue, lose in orange. */
export interface HeatMap {
  title: string;
  subtitle: string;
  /** Name of each row and column. */
  names: readonly string[];
  matrix: PreferenceMatrix;
}

/** A heat map as a table, so that it reads without colour too. */
export function heatMap({ title, subtitle, names, matrix }: HeatMap): Markup {
  const rows = matrix.map(
    (row, i) => markup`<tr><th scope="row">${names[i]}</th>${row.map((p, j) => cell(p, names[i]!, names[j]!))}</tr>\n`,
  );
  return markup`<figure class="card chart">
<figcaption><strong>${title}</strong><span>${subtitle}</span></figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table class="heat">
<thead><tr><td></td>${names.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table></div>
</figure>
`;
}

function cell(p: number | null, row: string, column: string): Markup {
  if (p === null) return markup`<td title="${row} against ${column}: not known">–</td>`;
  return markup`<td style="background:${heatColor(p)}" title="${row} beats ${column} in ${formatPercent(p)}">${Math.round(100 * p)}</td>`;
}

/** The colour of a probability; `SCRIPT` has the same rule. */
function heatColor(p: number): string {
  const strength = Math.round(120 * Math.abs(p - 0.5));
  return `color-mix(in srgb,var(--s${p >= 0.5 ? 0 : 1}) ${strength}%,var(--card))`;
}
