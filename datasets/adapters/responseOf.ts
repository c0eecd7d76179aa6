import type { Message } from '../messages.ts';
import { promptMessages } from '../promptMessages.ts';
import type { AdaptedResponse, RawRow } from './adapter.ts';
import { RowFault } from './rowFault.ts';
import { conversationOf, holdsTurns } from './conversation.ts';

/**
 * The answer in `field` of a row to the row's prompt, or what is wrong with them. The answer is text, or a list of messages
 * (TRL's conversational formats) that ends in an assistant's turn; turns before it go on with the prompt.
 */
export function responseOf(row: RawRow, field: string): AdaptedResponse | RowFault {
  const prompt = promptMessages(row);
  if (prompt instanceof RowFault) return prompt;
  const value = row[field];
  if (holdsTurns(value)) {
    const turns = conversationOf(field, value);
    return turns instanceof RowFault ? turns : lastAnswer(field, [...prompt, ...turns]);
  }
  if (typeof value !== 'string') return RowFault.in(field, 'an answer', value);
  if (value.trim() === '') {
    return new RowFault('empty-answer', `expected an answer in "${field}", found an empty one`, field, value);
  }
  return { prompt, response: value };
}

/** The last turn of a conversation as an answer to the turns before it, or what is wrong with it. */
export function lastAnswer(field: string, turns: readonly Message[]): AdaptedResponse | RowFault {
  const last = turns.at(-1)!;
  if (last.role !== 'assistant') {
    const why = `expected "${field}" to end in an assistant's answer, found the role "${last.role}"`;
    return new RowFault('no-answer-turn', why, field, last.role);
  }
  if (turns.length === 1) {
    return new RowFault('empty-prompt', `expected "${field}" to begin with a prompt, found only an answer`, field);
  }
  if (last.content.trim() === '') {
    return new RowFault('empty-answer', `expected an answer at the end of "${field}", found an empty one`, field);
  }
  return { prompt: turns.slice(0, -1), response: last.content };
}
