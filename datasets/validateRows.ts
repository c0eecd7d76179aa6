import { adaptRows, firstRows, TakenIds, type RowReader } from './adaptRows.ts';
import type { ScoredAnswers } from './adapters/adapter.ts';
import type { AdapterChoice } from './adapters/registry.ts';
import { RowFault } from './adapters/rowFault.ts';
import { schemaFaults } from './schemaFaults.ts';
import { pairsReader } from './readPairs.ts';
import { PROMPTS_READER } from './readPrompts.ts';
import { RESPONSES_READER } from './readResponses.ts';
import { RowTally, type RowReport } from './rowReport.ts';
import { TABLES, type TableName } from './schemas.ts';

export interface ValidateRowsOptions extends Partial<ScoredAnswers> {
  /**
   * What each row should hold. `pairs`, `prompts` and `responses` are read in any format that holds them, also from the
   * tables of these names; the other names are tables, whose columns are checked.
   */
  as: 'responses' | TableName;
  /** `auto` tells the format of each row (see ADAPTERS); a name or a mapping settles it. Tables take none. */
  adapter?: AdapterChoice | undefined;
  /** Look at the first rows only. */
  limit?: number | undefined;
  /** Problems that are listed, default 100; all are counted. */
  maxProblems?: number | undefined;
}

/**
 * Checks every row of a dataset, without keeping any: what is good, and what is wrong with the rest by file, line, field and
 * reason. Nothing is thrown for a bad row.
 *
 * @throws {UserError} when a file is missing, binary or damaged, or the adapter is unknown
 * @example const { good, bad, reasons } = await validateRows('hh.jsonl.gz', { as: 'pairs' });
 */
export async function validateRows(place: string, options: ValidateRowsOptions): Promise<RowReport> {
  const tally = new RowTally(options.maxProblems ?? 100);
  switch (options.as) {
    case 'pairs':
      await tallyAdapted(tally, place, pairsReader(options), options);
      break;
    case 'prompts':
      await tallyAdapted(tally, place, PROMPTS_READER, options, () => 1);
      break;
    case 'responses':
      await tallyAdapted(tally, place, RESPONSES_READER, options);
      break;
    default:
      await tallyTable(tally, place, options.as, options.limit ?? Infinity);
  }
  return tally.report();
}

async function tallyAdapted<T extends readonly unknown[]>(
  tally: RowTally,
  place: string,
  reader: RowReader<T>,
  options: ValidateRowsOptions,
  itemsOf: (read: T) => number = (read) => read.length,
): Promise<void> {
  for await (const adapted of adaptRows(place, reader, options)) {
    if ('fault' in adapted) tally.addBad(adapted.place, [adapted.fault]);
    else tally.addGood(adapted.adapter, itemsOf(adapted.read));
  }
}

async function tallyTable(tally: RowTally, place: string, table: TableName, limit: number): Promise<void> {
  const takenIds = new TakenIds();
  for await (const found of firstRows(place, limit)) {
    const faults = 'row' in found ? schemaFaults(table, found.row) : [new RowFault('no-row', found.problem)];
    if (faults.length === 0 && 'row' in found && 'id' in TABLES[table].row.shape) {
      const taken = takenIds.take(String(found.row['id']), found);
      if (taken) faults.push(taken);
    }
    if (faults.length > 0) tally.addBad(found, faults);
    else tally.addGood(table, 1);
  }
}
