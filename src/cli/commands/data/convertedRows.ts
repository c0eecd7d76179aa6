import { createHash } from 'node:crypto';

import { RowFault, type AdaptedPair, type Message, type PairRow, type PromptRow } from '../../../../datasets/index.ts';
import {
  adaptRows,
  firstRows,
  type AdaptRowsOptions,
  type BadRow,
  type RowReader,
} from '../../../../datasets/adaptRows.ts';
import { pairsReader } from '../../../../datasets/readPairs.ts';
import { PROMPTS_READER } from '../../../../datasets/readPrompts.ts';
import { RESPONSES_READER } from '../../../../datasets/readResponses.ts';
import { BEST_AGAINST_WORST, type Kind } from './kinds.ts';

/** A row that was read, and the rows to write for it. */
export interface Converted {
  rows: object[];
  /** What the row was read as. */
  adapter: string;
}

/** What rows of a dataset can be written as. */
export type Target = 'rows' | Kind;

interface Named {
  id: string;
  source: string;
}

type Finish = (row: Named) => object[];

/**
 * Rows to write, one by one as they are read, and bad rows in between.
 *
 * @param asTable whether pairs get all columns of the `pairs` table
 */
export async function* convertedRows(
  place: string,
  to: Target,
  options: AdaptRowsOptions,
  asTable: boolean,
): AsyncGenerator<Converted | BadRow> {
  if (to === 'rows') {
    for await (const found of firstRows(place, options.limit ?? Infinity)) {
      if ('row' in found) yield { rows: [found.row], adapter: 'rows' };
      else yield { place: found, fault: new RowFault('no-row', found.problem) };
    }
    return;
  }
  for await (const row of adaptRows(place, readerOf(to, asTable), options)) {
    if ('fault' in row) yield row;
    else yield { rows: row.read(row), adapter: row.adapter };
  }
}

function readerOf(to: Kind, asTable: boolean): RowReader<Finish> {
  if (to === 'prompts') {
    return finishing(PROMPTS_READER, (messages, { id, source }): PromptRow[] => [{ id, messages, source }]);
  }
  if (to === 'responses') {
    return finishing(RESPONSES_READER, (responses, { id, source }) =>
      responses.map((response, at) => ({ id: idOf(id, responses, at), ...response, source })),
    );
  }
  return finishing(pairsReader(BEST_AGAINST_WORST), (pairs, { id, source }) =>
    pairs.map((pair, at) => {
      const own = idOf(id, pairs, at);
      return asTable ? tableRow(own, pair, source) : { id: own, ...pairRow(pair) };
    }),
  );
}

function finishing<T>(
  { wanted, read }: RowReader<T>,
  rowsOf: (contents: T, row: Named) => object[],
): RowReader<Finish> {
  return {
    wanted,
    read: (recognized) => {
      const contents = read(recognized);
      return contents instanceof RowFault ? contents : (row) => rowsOf(contents, row);
    },
  };
}

function idOf(id: string, items: readonly unknown[], at: number): string {
  return items.length === 1 ? id : `${id}/${at + 1}`;
}

function pairRow({ prompt, chosen, rejected, scoreMargin, subset }: AdaptedPair): object {
  return {
    prompt,
    chosen,
    rejected,
    ...(scoreMargin === undefined ? {} : { score_margin: scoreMargin }),
    ...(subset === undefined ? {} : { subset }),
  };
}

/** A pair of a dataset says who won, and that alone: a win rate of 1 against 0. */
function tableRow(id: string, pair: AdaptedPair, source: string): PairRow {
  return {
    id,
    prompt_id: promptId(pair.prompt),
    ...(pairRow(pair) as AdaptedPair),
    chosen_sample_id: null,
    rejected_sample_id: null,
    p_chosen: 1,
    p_rejected: 0,
    p_chosen_beats_rejected: 1,
    weight: 1,
    round: 0,
    provenance: source,
  };
}

/** The same for the same prompt, so that its pairs can be kept together. */
function promptId(prompt: readonly Message[]): string {
  const contents = prompt.map(({ role, content }) => [role, content]);
  return createHash('sha256').update(JSON.stringify(contents)).digest('hex').slice(0, 16);
}
