import type { Message } from '../messages.ts';
import { promptMessages } from '../promptMessages.ts';
import type { AdaptedResponse, RawRow } from './adapter.ts';
import { shown } from './adapter.ts';
import { conversationOf, holdsTurns } from './conversation.ts';

/**
 * The answer in `field` of a row to the row's prompt, or what is wrong with them. The answer is text, or a list of messages
 * (TRL's conversational formats) that ends in an assistant's turn; turns before it go on with the prompt.
 */
export function responseOf(row: RawRow, field: string): AdaptedResponse | string {
  const prompt = promptMessages(row);
  if (typeof prompt === 'string') return prompt;
  const value = row[field];
  if (holdsTurns(value)) {
    const turns = conversationOf(field, value);
    return typeof turns === 'string' ? turns : lastAnswer(field, [...prompt, ...turns]);
  }
  if (typeof value !== 'string') return `expected an answer in "${field}", found ${shown(value ?? undefined)}`;
  if (value.trim() === '') return `expected an answer in "${field}", found an empty one`;
  return { prompt, response: value };
}

/** The last turn of a conversation as an answer to the turns before it, or what is wrong with it. */
export function lastAnswer(field: string, turns: readonly Message[]): AdaptedResponse | string {
  const last = turns.at(-1)!;
  if (last.role !== 'assistant') {
    return `expected "${field}" to end in an assistant's answer, found the role "${last.role}"`;
  }
  if (turns.length === 1) return `expected "${field}" to begin with a prompt, found only an answer`;
  if (last.content.trim() === '') return `expected an answer at the end of "${field}", found an empty one`;
  return { prompt: turns.slice(0, -1), response: last.content };
}
