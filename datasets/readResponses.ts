import { unknownFormat, type RowReader } from './adaptRows.ts';
import type { AdaptedResponse } from './adapters/adapter.ts';
import { gatherRows, type GatherOptions } from './gatherRows.ts';
import type { RowReport } from './rowReport.ts';

/** One answer to a conversation, as text. */
export interface PromptResponse extends AdaptedResponse {
  id: string;
  /** The row's own `source`, or the name of its file. */
  source: string;
}

/** What a file of single answers holds, and what is wrong with the rows that were left out. */
export interface PromptResponses extends RowReport {
  responses: PromptResponse[];
}

/**
 * Reads single answers from any place that `readRows` reads: TRL's prompt-completion, unpaired preference (KTO) and language modeling, Alpaca, AlpacaEval's
 * outputs, messages, ShareGPT, questions with answers (GSM8K) and the other formats in {@link ADAPTERS} that hold them.
 * A row without `id` is called `<file>:<line>`, and the answers of a row with several `<id>/1`, `<id>/2` ...
 *
 * @throws {UserError} as readPairs, for rows without an answer
 * @example const { responses } = await readResponses('gsm8k/test.jsonl', { limit: 100 });
 */
export async function readResponses(place: string, options: GatherOptions = {}): Promise<PromptResponses> {
  const { items, report } = await gatherRows(
    place,
    {
      ...RESPONSES_READER,
      itemsOf: ({ id, source, read }): PromptResponse[] =>
        read.map((response, at) => ({ id: read.length === 1 ? id : `${id}/${at + 1}`, ...response, source })),
      name: 'responses',
      each: 'an answer',
      example: '{"prompt": "...", "completion": "..."}',
      fix: 'Mend these rows.',
    },
    options,
  );
  return { responses: items, ...report };
}

/** Reads the answers of rows. */
export const RESPONSES_READER: RowReader<AdaptedResponse[]> = {
  wanted: 'toResponses',
  read: ({ row, adapter }) =>
    adapter?.toResponses?.(row) ?? unknownFormat('"prompt" and "completion" or another format with answers', row),
};
