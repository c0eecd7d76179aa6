import { conversationOf, holdsTurns } from './adapters/conversation.ts';
import { RowFault } from './adapters/rowFault.ts';
import type { Message } from './messages.ts';
import { parseTranscript } from './transcript.ts';

/** Fields that can hold a prompt, in order of preference. */
const FIELDS = ['messages', 'prompt', 'instruction', 'chosen', 'rejected'] as const;

/**
 * The prompt of one row of a dataset, as messages.
 *
 * - `messages` or `prompt` as a list of `{role, content}` or `{from, value}`, or its JSON text; answers at its end are left
 *   off;
 * - `prompt` as text: one user turn, or the turns of an HH transcript;
 * - `instruction` (with `input`, as in Alpaca): one user turn;
 * - `chosen` (else `rejected`) as an HH transcript or a list of messages, without its last answer. Where the two sides
 *   disagree about the prompt, the chosen one's counts.
 *
 * @returns the messages, or what is wrong with the row
 */
export function promptMessages(row: Readonly<Record<string, unknown>>): Message[] | RowFault {
  const field = FIELDS.find((name) => row[name] !== undefined && row[name] !== null);
  if (field === undefined) {
    const keys = Object.keys(row).map((key) => `"${key}"`);
    const found = keys.length > 0 ? `the keys ${keys.join(', ')}` : 'no keys';
    return new RowFault('unknown-format', `expected one of ${FIELDS.join(', ')}, found ${found}`);
  }
  const value = field === 'instruction' ? instruction(row) : row[field];
  const sided = field === 'chosen' || field === 'rejected';
  const messages =
    typeof value === 'string' && !holdsTurns(value) ? fromText(field, value, sided) : conversationOf(field, value);
  if (messages instanceof RowFault) return messages;
  const prompt = sided ? messages.slice(0, -1) : withoutAnswer(messages);
  if (prompt.every(({ content }) => content.trim() === '')) {
    return new RowFault('empty-prompt', `"${field}" holds an empty prompt`, field, row[field]);
  }
  return prompt;
}

function instruction(row: Readonly<Record<string, unknown>>): unknown {
  const { instruction: task, input } = row;
  return typeof task === 'string' && typeof input === 'string' && input !== '' ? `${task}\n\n${input}` : task;
}

function fromText(field: string, text: string, sided: boolean): Message[] | RowFault {
  const turns = parseTranscript(text);
  if (!sided) return turns ?? [{ role: 'user', content: text }];
  if (turns?.at(-1)?.role === 'assistant') return turns;
  const why = `"${field}" must be a transcript that begins with "\\n\\nHuman:" and ends in an "\\n\\nAssistant:" turn`;
  return new RowFault('no-answer-turn', why, field, text);
}

function withoutAnswer(messages: readonly Message[]): Message[] {
  const end = messages.findLastIndex(({ role }) => role !== 'assistant');
  return messages.slice(0, end + 1);
}
