import { resolve } from 'node:path';

import { UserError } from '../src/base/userError.ts';
import { writeFileAtomic } from '../src/base/writeFileAtomic.ts';
import { adaptRows, type AdaptRowsOptions, type GoodRow, type RowReader } from './adaptRows.ts';
import type { RowFault } from './adapters/rowFault.ts';
import { listProblems } from './listProblems.ts';
import type { ReadRow } from './readers/readRows.ts';
import { countReasons, describeProblem, RowTally, type RowReport } from './rowReport.ts';

export interface GatherOptions extends AdaptRowsOptions {
  /**
   * Leaves bad rows out and writes them to this JSON Lines file, replacing it: `{file, at, reason, why, row}`, without `row`
   * where what stands there is none. Without it, a bad row is an error.
   */
  skipBad?: string | undefined;
}

/** What rows are gathered as, in code and in words. */
interface Kind<T, Item> extends RowReader<T> {
  itemsOf: (good: GoodRow<T>) => Item[];
  /** Several of them, as error codes begin. */
  name: string;
  /** One of them. */
  each: string;
  /** A row that would do. */
  example: string;
  /** How to mend rows that hold none. */
  fix: string;
}

/**
 * Gathers what the rows of a dataset hold. Bad rows go to a file of their own, or are an error.
 *
 * @throws {UserError} when a file is missing, binary or damaged, or the adapter is unknown; `<name>.empty` without rows;
 *   `<name>.rows` for bad rows without a file for them, and when no row is good
 */
export async function gatherRows<T, Item>(
  place: string,
  kind: Kind<T, Item>,
  options: GatherOptions,
): Promise<{ items: Item[]; report: RowReport }> {
  const { skipBad } = options;
  const items: Item[] = [];
  const badLines: string[] = [];
  const tally = new RowTally();
  const sideFile = skipBad === undefined ? undefined : resolve(skipBad);
  let readFile = '';
  for await (const adapted of adaptRows(place, kind, options)) {
    if (adapted.place.file !== readFile) {
      readFile = adapted.place.file;
      if (sideFile === resolve(readFile)) throw readSideFile(readFile);
    }
    if ('fault' in adapted) {
      tally.addBad(adapted.place, [adapted.fault]);
      if (skipBad !== undefined) badLines.push(badLine(adapted.place, adapted.fault));
    } else {
      const own = kind.itemsOf(adapted);
      tally.addGood(adapted.adapter, own.length);
      for (const item of own) items.push(item);
    }
  }
  const report = tally.report();
  const { name, example } = kind;
  if (report.rows === 0) {
    const fix = `Add a line such as ${example}.`;
    throw new UserError(
      `${name}.empty`,
      `${place}: expected ${name === 'pairs' ? 'preference pairs' : name}, found no rows. ${fix}`,
    );
  }
  if (report.bad > 0 && (report.good === 0 || skipBad === undefined)) throw badRows(place, kind, report);
  if (skipBad !== undefined) await writeFileAtomic(skipBad, badLines.join(''));
  return { items, report };
}

function readSideFile(path: string): UserError {
  const message = `skipBad: expected a file for bad rows, found "${path}", which is read. Name another file.`;
  return new UserError('rows.skipBad', message);
}

function badRows(
  place: string,
  { name, each, fix }: Pick<Kind<never, never>, 'name' | 'each' | 'fix'>,
  report: RowReport,
): UserError {
  const { good, bad, problems, reasons } = report;
  const found = good === 0 ? 'none' : `${good}, and ${bad} without`;
  const listed = listProblems(problems.map((problem) => describeProblem(place, problem)));
  const skip = good === 0 ? '' : ' Or leave them out with skipBad (--skip-bad).';
  return new UserError(
    `${name}.rows`,
    `${place}: expected ${each} in each row, found ${found} (${countReasons(reasons)}):\n${listed}\n${fix}${skip}`,
  );
}

function badLine(found: ReadRow, { reason, why }: RowFault): string {
  const { file, at } = found;
  return `${jsonOf({ file, at, reason, why, ...('row' in found ? { row: found.row } : {}) })}\n`;
}

/** JSON of a row as readers give it: 64-bit integers become numbers, or text where a number would be another. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== 'bigint') return item;
    return Number.isSafeInteger(Number(item)) ? Number(item) : String(item);
  });
}
