import { adaptRows } from '../../../../datasets/adaptRows.ts';
import type { RowProblem, RowReport, Tokenizer } from '../../../../datasets/index.ts';
import { RowTally } from '../../../../datasets/rowReport.ts';
import type { Session } from '../../command.ts';
import { exchangeStatistics, type ExchangeStatistics } from './exchangeStatistics.ts';
import { EXCHANGE_READERS, kindOf, type Kind } from './kinds.ts';
import { paced } from './paced.ts';

export interface DatasetStatistics extends ExchangeStatistics {
  place: string;
  rows: number;
  /** What the rows were read as. */
  as: Kind;
  pairs: number;
  responses: number;
  /** Rows that could not be read so. */
  bad: number;
  /** How often each reason was found, and the first problems of each. */
  problems: { reason: string; count: number; first: RowProblem[] }[];
  /** How many rows each adapter read. */
  adapters: RowReport['adapters'];
  warnings: string[];
}

export interface StatisticsOptions {
  as: Kind | 'auto';
  adapter: string;
  limit: number | undefined;
  tokenizer: Tokenizer | undefined;
}

/** Problems that are named of each sort. */
const NAMED = 5;

/** Reads a dataset once, and measures what its rows hold. */
export async function datasetStatistics(
  place: string,
  { as, adapter, limit, tokenizer }: StatisticsOptions,
  session: Session,
): Promise<DatasetStatistics> {
  const kind = as === 'auto' ? await kindOf(place, adapter) : as;
  const tally = new RowTally();
  const measured = exchangeStatistics(tokenizer);
  for await (const row of paced(adaptRows(place, EXCHANGE_READERS[kind], { adapter, limit }), session)) {
    if ('fault' in row) tally.addBad(row.place, [row.fault]);
    else {
      tally.addGood(row.adapter, row.read.length);
      for (const exchange of row.read) measured.add(exchange);
    }
  }
  const { rows, bad, items, problems, reasons, adapters, warnings } = tally.report();
  const { prompts, ...others } = measured.result();
  return {
    place,
    rows,
    as: kind,
    pairs: kind === 'pairs' ? items : 0,
    responses: kind === 'responses' ? items : 0,
    prompts,
    bad,
    problems: Object.entries(reasons)
      .sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => ({
        reason,
        count,
        first: problems.filter((problem) => problem.reason === reason).slice(0, NAMED),
      })),
    adapters,
    ...others,
    warnings,
  };
}
