import { unknownFormat, type RowReader } from './adaptRows.ts';
import type { AdaptedPair, ScoredAnswers } from './adapters/adapter.ts';
import { pairLabels } from './adapters/pairLabels.ts';
import { RowFault } from './adapters/rowFault.ts';
import { gatherRows, type GatherOptions } from './gatherRows.ts';
import type { RowReport } from './rowReport.ts';

/** Two answers to one conversation, as text. */
export interface PreferencePair extends AdaptedPair {
  id: string;
}

/** What a file of pairs holds, and what is wrong with the rows that were left out. */
export interface PreferencePairs extends RowReport {
  pairs: PreferencePair[];
}

/** What is read, and how rows that hold several answers become pairs: the best and the worst of them unless told otherwise. */
export interface ReadPairsOptions extends Partial<ScoredAnswers>, GatherOptions {}

/**
 * Reads preference pairs from any place that `readRows` reads, also from a `pairs` table. `chosen` and `rejected` are
 * - text, beside `prompt` as text or messages;
 * - lists of messages that end in the answer, with the conversation in front or in `prompt`;
 * - HH transcripts, whose last Assistant turn is the answer.
 *
 * and rows of the other formats in {@link ADAPTERS} that hold pairs. A row without `id` is called `<file>:<line>`. A row with
 * several pairs, as of UltraFeedback's completions with `pairs: 'all'`, gives them the ids `<id>/1`, `<id>/2` ...
 *
 * A `pairs` table's p_chosen_beats_rejected becomes `chosenProbability`, and TRL's `margin` the `scoreMargin`.
 *
 * @throws {UserError} when the file is missing, binary or damaged, has no row at all, the adapter is unknown, or rows hold no
 *   pair and `skipBad` names no file for them: all counted by reason and five listed
 * @example const { pairs, bad } = await readPairs('hh.jsonl.gz', { skipBad: 'hh.bad.jsonl' });
 */
export async function readPairs(place: string, options: ReadPairsOptions = {}): Promise<PreferencePairs> {
  const { items, report } = await gatherRows(
    place,
    {
      ...pairsReader(options),
      itemsOf: ({ id, read }): PreferencePair[] =>
        read.map((pair, at) => ({ id: read.length === 1 ? id : `${id}/${at + 1}`, ...pair })),
      name: 'pairs',
      each: 'a preference pair',
      example: '{"prompt": "...", "chosen": "...", "rejected": "..."}',
      fix: 'Mend these rows.',
    },
    options,
  );
  return { pairs: items, ...report };
}

/** Reads the pairs of rows. */
export function pairsReader({ pairs = 'best-worst', minMargin = 0 }: Partial<ScoredAnswers>): RowReader<AdaptedPair[]> {
  return {
    wanted: 'toPairs',
    read: ({ row, adapter }) => {
      const read =
        adapter?.toPairs?.(row, { pairs, minMargin }) ??
        unknownFormat('"chosen" and "rejected" or another format with pairs', row);
      // Labels are about one pair; of a row with several, each has what its format gives it.
      if (read instanceof RowFault || read.length !== 1) return read;
      const labelled = pairLabels(row, read[0]!);
      return labelled instanceof RowFault ? labelled : [labelled];
    },
  };
}
