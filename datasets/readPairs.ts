import { basename } from 'node:path';

import { UserError } from '../src/base/userError.ts';
import type { Message } from './messages.ts';
import { promptMessages } from './promptMessages.ts';
import { readPlaces } from './readPlaces.ts';
import { messageList } from './messages.ts';
import { parseTranscript } from './transcript.ts';

/** Two answers to one conversation, as text. */
export interface PreferencePair {
  id: string;
  prompt: Message[];
  chosen: string;
  rejected: string;
}

/** What a file of pairs holds, and what is wrong with its other rows. */
export interface PreferencePairs {
  pairs: PreferencePair[];
  /** One line a row: where it stands, what was expected and found. */
  problems: string[];
}

/**
 * Reads preference pairs from JSON Lines, a JSON array, a Parquet or an Arrow file (also a `pairs` table), text also gzip-compressed.
 * `chosen` and `rejected` are
 * - text, beside `prompt` as text or messages;
 * - lists of messages that end in the answer, with the conversation in front or in `prompt`;
 * - HH transcripts, whose last Assistant turn is the answer.
 *
 * @param options.limit read the first rows only
 * @throws {UserError} when the file is missing, binary or damaged, or has no row at all
 */
export async function readPairs(path: string, options: { limit?: number } = {}): Promise<PreferencePairs> {
  const { limit = Infinity } = options;
  const name = basename(path);
  const result: PreferencePairs = { pairs: [], problems: [] };
  const places = new Map<string, string>();
  let rows = 0;
  for await (const place of readPlaces(path)) {
    if (rows++ >= limit) break;
    const pair = 'row' in place ? pairOf(place.row) : place.problem;
    if (typeof pair === 'string') {
      result.problems.push(`${place.at}: ${pair}`);
      continue;
    }
    const own = 'row' in place ? place.row['id'] : undefined;
    const id = typeof own === 'string' && own !== '' ? own : `${name}:${place.number}`;
    const taken = places.get(id);
    if (taken === undefined) {
      places.set(id, place.at);
      result.pairs.push({ id, ...pair });
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

function pairOf(row: Readonly<Record<string, unknown>>): Omit<PreferencePair, 'id'> | string {
  const chosen = sideOf(row, 'chosen');
  const rejected = sideOf(row, 'rejected');
  if (typeof chosen === 'string') return chosen;
  if (typeof rejected === 'string') return rejected;
  if (JSON.stringify(chosen.prompt) !== JSON.stringify(rejected.prompt)) {
    return 'expected one prompt, "chosen" and "rejected" have different ones';
  }
  const empty = (['chosen', 'rejected'] as const).filter(
    (side) => (side === 'chosen' ? chosen : rejected).answer.trim() === '',
  );
  if (empty.length > 0) return `expected two answers, ${empty.join(' and ')} is empty`;
  if (chosen.answer === rejected.answer) return 'expected two different answers, "chosen" and "rejected" are the same';
  return { prompt: chosen.prompt, chosen: chosen.answer, rejected: rejected.answer };
}

/** The conversation and the answer of one side, or what is wrong with it. */
function sideOf(
  row: Readonly<Record<string, unknown>>,
  side: 'chosen' | 'rejected',
): { prompt: Message[]; answer: string } | string {
  const value = row[side];
  if (value === undefined || value === null) return `expected "chosen" and "rejected", found no "${side}"`;
  const turns = typeof value === 'string' ? parseTranscript(value) : messageList(side, value);
  if (typeof turns === 'string') return turns;
  if (turns && turns.at(-1)?.role !== 'assistant') return `"${side}" must end in an assistant's answer`;
  if (turns && turns.length > 1) return { prompt: turns.slice(0, -1), answer: turns.at(-1)!.content };
  const answer = turns ? turns[0]!.content : (value as string);
  const { prompt: given, messages, instruction, input } = row;
  if ((given ?? messages ?? instruction ?? null) === null) {
    return 'expected the conversation in "prompt", "messages", "instruction" or in front of each answer, found none';
  }
  const prompt = promptMessages({ prompt: given, messages, instruction, input });
  return typeof prompt === 'string' ? prompt : { prompt, answer };
}
