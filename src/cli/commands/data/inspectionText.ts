import { ADAPTERS, type Adapter, type ReadRow } from '../../../../datasets/index.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { wrapText } from '../../drawing/wrapText.ts';
import { drawFields, drawPair, jsonText } from './drawRow.ts';
import type { Inspection } from './inspectRows.ts';
import { BEST_AGAINST_WORST } from './kinds.ts';
import { percent } from './percent.ts';

/** Lines that a note in a file's metadata may take. */
const NOTE_LINES = 3;

/** What was found, to read on a terminal of `width` columns. */
export function inspectionText(inspection: Inspection, width: number): string {
  const { place, format, bytes, rows, counted, looked, files, columns, adapters, metadata, transforms } = inspection;
  const facts: string[][] = [];
  if (format !== undefined && bytes !== undefined) facts.push(['format', `${format}, ${sizeText(bytes)}`]);
  facts.push(['rows', counted ? String(rows) : `at least ${rows} (--scan looks further)`]);
  if (Object.keys(files).length > 1) facts.push(['files', countsText(files)]);
  for (const [name, count] of Object.entries(adapters)) {
    facts.push(['read as', `${name}${use(name)}${count === looked ? '' : `, ${count} of ${looked} rows`}`]);
  }
  const sections = [`${place}\n${alignColumns(facts)}`];
  const shares = columns.map(({ name, types, nulls }) => [name, typesText(types), nullsText(nulls)]);
  sections.push(`columns\n${indent(alignColumns(shares))}`);
  const made = transforms.map(
    ({ name, options, rowsIn, rowsOut }) => `${name} ${jsonText(options)}: ${rowsIn} rows in, ${rowsOut} out`,
  );
  if (made.length > 0) sections.push(`how it was made\n${indent(made.join('\n'))}`);
  const notes = Object.entries(metadata).filter(([key]) => key !== 'nashtune.transforms');
  const lines = notes.map(([key, value]) => wrapText(`${key}: ${value}`, width - 2, NOTE_LINES).join('\n'));
  if (lines.length > 0) sections.push(`metadata\n${indent(lines.join('\n'))}`);
  sections.push(...inspection.sample.map((found) => rowText(found, width)));
  return sections.join('\n\n');
}

function rowText(found: ReadRow, width: number): string {
  const heading = `--- ${found.at}${'row' in found && typeof found.row['id'] === 'string' ? `, ${found.row['id']}` : ''}`;
  if (!('row' in found)) return `${heading}\n${found.problem}`;
  const { row } = found;
  const pairs = adapterOf(row)?.toPairs?.(row, BEST_AGAINST_WORST);
  const body = Array.isArray(pairs) ? pairs.map((pair) => drawPair(pair, width)).join('\n') : drawFields(row, width);
  return `${heading}\n${body}`;
}

function adapterOf(row: Readonly<Record<string, unknown>>): Adapter | undefined {
  return ADAPTERS.find(({ matches }) => matches(row));
}

/** What rows of a format can be read as. */
function use(name: string): string {
  const adapter = ADAPTERS.find((one) => one.name === name);
  if (!adapter) return ' of the known formats';
  const uses = [adapter.toPairs && 'pairs', adapter.toResponses && 'responses', adapter.toPrompt && 'prompts'];
  return ` (${uses.filter((one) => one !== undefined).join(', ')})`;
}

function typesText(types: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(types).sort(([, a], [, b]) => b - a);
  if (sorted.length <= 1) return sorted[0]?.[0] ?? 'nothing';
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  return sorted.map(([type, count]) => `${type} ${percent(count / total)}`).join(', ');
}

function nullsText(nulls: number): string {
  return nulls === 0 ? '' : `missing in ${percent(nulls)}`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${step === 0 ? bytes : (bytes / 1000 ** step).toFixed(1)} ${units[step]}`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
