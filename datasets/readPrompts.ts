import { basename } from 'node:path';

import { UserError } from '../src/base/userError.ts';
import { rowRecognizer, type AdapterChoice, type Recognized } from './adapters/registry.ts';
import { listProblems } from './listProblems.ts';
import type { Message } from './messages.ts';
import { promptMessages } from './promptMessages.ts';
import { readRows, type ReadRow } from './readers/readRows.ts';
import type { PromptRow } from './schemas.ts';
import { parseTranscript } from './transcript.ts';

export interface ReadPromptsOptions {
  /** Read the first `limit` rows only. */
  limit?: number;
  /** `auto` tells the format of each row (see ADAPTERS); a name or a mapping settles it. */
  adapter?: AdapterChoice;
}

/**
 * Reads prompts from JSON Lines, a JSON array, a Parquet or an Arrow file, text also gzip-compressed. Formats are told by content.
 * {@link promptMessages} says which fields of a row can hold its prompt. JSON Lines are streamed, and reading stops at the
 * limit. A row without `id` is called `<file>:<line>`; `source` is the row's own or the file's name.
 *
 * @returns prompts in file order
 * @throws {UserError} when the file is missing, empty, binary or damaged, or has rows without a prompt, all counted and
 *   five of them listed
 * @example const prompts = await readPrompts('harmless-base.jsonl.gz', { limit: 64 });
 */
export async function readPrompts(path: string, options: ReadPromptsOptions = {}): Promise<PromptRow[]> {
  const { limit = Infinity, adapter = 'auto' } = options;
  const recognize = rowRecognizer(adapter, 'toPrompt');
  const name = basename(path);
  const prompts: PromptRow[] = [];
  const problems: string[] = [];
  const places = new Map<string, string>();
  for await (const place of readRows(path)) {
    if (prompts.length + problems.length >= limit) break;
    const recognized = 'row' in place ? recognize(place.row) : place.problem;
    const messages = typeof recognized === 'string' ? recognized : promptOf(recognized);
    const prompt = typeof messages === 'string' ? messages : toPrompt(place, messages, name);
    if (typeof prompt === 'string') {
      problems.push(`${place.at}: ${prompt}`);
    } else if (places.has(prompt.id)) {
      problems.push(`${place.at}: the id "${prompt.id}" is taken by ${places.get(prompt.id)}`);
    } else {
      places.set(prompt.id, place.at);
      prompts.push(prompt);
    }
  }
  if (problems.length > 0) throw badRows(path, problems, prompts.length);
  if (prompts.length === 0) {
    throw new UserError(
      'prompts.empty',
      `${path}: expected prompts, found no rows. Add a line such as {"prompt": "..."}.`,
    );
  }
  return prompts;
}

/**
 * How the prompts of a file want to be written: `transcript` when its first row is an HH transcript (its text up to the
 * last `\n\nAssistant:` then reaches the model as it stands), else `chat`.
 *
 * @throws {UserError} as readPrompts, for files that cannot be read
 */
export async function promptFormat(path: string): Promise<'chat' | 'transcript'> {
  for await (const place of readRows(path)) {
    if (!('row' in place)) break;
    const { prompt, chosen, rejected } = place.row;
    const text = prompt ?? chosen ?? rejected;
    return typeof text === 'string' && parseTranscript(text) ? 'transcript' : 'chat';
  }
  return 'chat';
}

/** A row without any format is told which fields can hold a prompt. */
function promptOf({ row, adapter }: Exclude<Recognized, string>): Message[] | string {
  return adapter?.toPrompt ? adapter.toPrompt(row) : promptMessages(row);
}

function toPrompt(place: ReadRow, messages: Message[], name: string): PromptRow {
  const { id, source } = 'row' in place ? place.row : {};
  const named = (typeof id === 'string' && id !== '') || typeof id === 'number' || typeof id === 'bigint';
  return {
    id: named ? String(id) : `${name}:${place.number}`,
    messages,
    source: typeof source === 'string' && source !== '' ? source : name,
  };
}

function badRows(path: string, problems: readonly string[], good: number): UserError {
  const found = good === 0 ? 'none' : `${good}, and ${problems.length} without`;
  return new UserError(
    'prompts.rows',
    `${path}: expected a prompt in each row, found ${found}:\n${listProblems(problems)}\n` +
      'Give each row a "prompt" (text), "messages", "instruction", or a "chosen" transcript.',
  );
}
