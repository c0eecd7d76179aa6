import { recordTransform, TABLES, writeRows, type RowReport } from '../../../../datasets/index.ts';
import type { BadRow } from '../../../../datasets/adaptRows.ts';
import { RowTally } from '../../../../datasets/rowReport.ts';
import { jsonText } from '../../../../datasets/writers/jsonText.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import type { Session } from '../../command.ts';
import { convertedRows, type Target } from './convertedRows.ts';
import { noGoodRows } from './noGoodRows.ts';
import { paced } from './paced.ts';
import { sourceFile } from './sourceFile.ts';

export interface ConvertOptions {
  place: string;
  out: string;
  to: Target;
  adapter: string;
  /** File for bad rows; without it, they are an error. */
  skipBad: string | undefined;
  limit: number | undefined;
}

/**
 * Writes the rows of a place to another file, whole or not at all; row by row, so that memory does not grow with them.
 *
 * @throws {UserError} for bad rows without a file for them, and when no row is good
 */
export async function convertRows(options: ConvertOptions, session: Session): Promise<RowReport> {
  const { place, out, to, adapter, skipBad, limit } = options;
  const isArrow = out.toLowerCase().endsWith('.arrow');
  const table = isArrow && (to === 'pairs' || to === 'prompts') ? to : undefined;
  let [tally, badLines]: [RowTally, string[]] = [new RowTally(), []];
  const rows = async function* (): AsyncGenerator<object> {
    [tally, badLines] = [new RowTally(), []];
    const read = convertedRows(place, to, { adapter, limit }, table === 'pairs');
    for await (const row of paced(read, session)) {
      if ('fault' in row) {
        tally.addBad(row.place, [row.fault]);
        if (skipBad !== undefined) badLines.push(badLine(row));
      } else {
        tally.addGood(row.adapter, row.rows.length);
        yield* row.rows;
      }
    }
    const report = tally.report();
    if (report.good === 0 || (report.bad > 0 && skipBad === undefined)) throw noGoodRows(place, to, report);
  };
  const source = await sourceFile(place);
  const metadata = (): Record<string, string> => {
    const { rows: rowsIn, items: rowsOut } = tally.report();
    const entry = { name: 'convert', options: { from: place, to, adapter }, rowsIn, rowsOut };
    // A file of rows as they are stays what it was; any other is its own table, or none.
    const { 'nashtune.table': tableBefore, ...notes } = source.metadata;
    const holds = to === 'rows' ? tableBefore : table;
    return recordTransform({ ...notes, ...(holds !== undefined && { 'nashtune.table': holds }) }, entry);
  };
  const kept = to === 'rows' && isArrow ? source.columns : [];
  await writeRows(out, rows, { metadata, columns: table ? TABLES[table].columns : kept });
  if (skipBad !== undefined) await writeFileAtomic(skipBad, badLines.join(''));
  return tally.report();
}

function badLine({ place, fault: { reason, why } }: BadRow): string {
  const { file, at } = place;
  return `${jsonText({ file, at, reason, why, ...('row' in place && { row: place.row }) })}\n`;
}
