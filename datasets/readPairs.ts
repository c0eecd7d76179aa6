import { basename } from 'node:path';

import { UserError } from '../src/base/userError.ts';
import type { AdaptedPair, ScoredAnswers } from './adapters/adapter.ts';
import { rowRecognizer, type AdapterChoice, type Recognized } from './adapters/registry.ts';
import { readRows } from './readers/readRows.ts';

/** Two answers to one conversation, as text. */
export interface PreferencePair extends AdaptedPair {
  id: string;
}

/** What a file of pairs holds, and what is wrong with its other rows. */
export interface PreferencePairs {
  pairs: PreferencePair[];
  /** One line a row: where it stands, what was expected and found. */
  problems: string[];
  /** How many rows each adapter read as pairs, by its name. */
  adapters: Record<string, number>;
}

export interface ReadPairsOptions extends Partial<ScoredAnswers> {
  /** Read the first rows only. */
  limit?: number;
  /** `auto` tells the format of each row (see ADAPTERS); a name or a mapping settles it. */
  adapter?: AdapterChoice;
}

/**
 * Reads preference pairs from JSON Lines, a JSON array, a Parquet or an Arrow file (also a `pairs` table), text also gzip-compressed.
 * `chosen` and `rejected` are
 * - text, beside `prompt` as text or messages;
 * - lists of messages that end in the answer, with the conversation in front or in `prompt`;
 * - HH transcripts, whose last Assistant turn is the answer.
 *
 * and rows of the other formats in {@link ADAPTERS} that hold pairs. A row with several pairs, as of UltraFeedback's
 * completions with `pairs: 'all'`, gives them the ids `<id>/1`, `<id>/2` ...
 *
 * @throws {UserError} when the file is missing, binary or damaged, has no row at all, or the adapter is unknown
 */
export async function readPairs(path: string, options: ReadPairsOptions = {}): Promise<PreferencePairs> {
  const { limit = Infinity, adapter = 'auto', pairs = 'best-worst', minMargin = 0 } = options;
  const recognize = rowRecognizer(adapter, 'toPairs');
  const name = basename(path);
  const result: PreferencePairs = { pairs: [], problems: [], adapters: {} };
  const places = new Map<string, string>();
  let rows = 0;
  for await (const place of readRows(path)) {
    if (rows++ >= limit) break;
    const recognized = 'row' in place ? recognize(place.row) : place.problem;
    if (typeof recognized === 'string') {
      result.problems.push(`${place.at}: ${recognized}`);
      continue;
    }
    const read = pairsOf(recognized, { pairs, minMargin });
    if (typeof read === 'string') {
      result.problems.push(`${place.at}: ${read}`);
      continue;
    }
    const own = recognized.row['id'];
    const id = typeof own === 'string' && own !== '' ? own : `${name}:${place.number}`;
    const taken = places.get(id);
    if (taken === undefined) {
      places.set(id, place.at);
      const format = recognized.adapter!.name;
      result.adapters[format] = (result.adapters[format] ?? 0) + 1;
      for (const [at, pair] of read.entries()) {
        result.pairs.push({ id: read.length === 1 ? id : `${id}/${at + 1}`, ...pair });
      }
    } else result.problems.push(`${place.at}: the id "${id}" is taken by ${taken}`);
  }
  if (rows === 0) {
    throw new UserError(
      'pairs.empty',
      `${path}: expected preference pairs, found no rows. Add a line such as {"prompt": "...", "chosen": "...", "rejected": "..."}.`,
    );
  }
  return result;
}

function pairsOf({ row, adapter }: Exclude<Recognized, string>, scored: ScoredAnswers): AdaptedPair[] | string {
  if (adapter?.toPairs) return adapter.toPairs(row, scored);
  return `expected "chosen" and "rejected" or another format with pairs, found ${keysOf(row)}`;
}

function keysOf(row: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(row).map((key) => `"${key}"`);
  return keys.length > 0 ? `the keys ${keys.join(', ')}` : 'no keys';
}
