import type { Message } from '../messages.ts';
import { messageList } from '../messages.ts';
import { shown } from './adapter.ts';

/** The speakers of ShareGPT's lists and the roles that chat templates know them by. */
const SPEAKERS: Readonly<Record<string, string>> = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  assistant: 'assistant',
  system: 'system',
};

/** The list of objects in a cell: itself, or parsed when the cell is JSON text, as in CSV. Anything else is undefined. */
export function objectsIn(cell: unknown): Record<string, unknown>[] | undefined {
  let value = cell;
  if (typeof cell === 'string' && cell.trimStart().startsWith('[')) {
    try {
      value = JSON.parse(cell);
    } catch {
      return undefined;
    }
  }
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const isList = value.every((item: unknown) => typeof item === 'object' && item !== null && !Array.isArray(item));
  return isList ? (value as Record<string, unknown>[]) : undefined;
}

/** The same for turns: text that merely happens to be a JSON list of something else stays text. */
function turnsIn(cell: unknown): Record<string, unknown>[] | undefined {
  const items = objectsIn(cell);
  const areTurns = items?.every((item) => 'role' in item || 'from' in item);
  return areTurns || typeof cell !== 'string' ? items : undefined;
}

/** Whether a cell holds a list, be it a faulty one, rather than text. */
export function holdsTurns(cell: unknown): boolean {
  return Array.isArray(cell) || turnsIn(cell) !== undefined;
}

/**
 * A field's conversation, or what is wrong with it: messages {role, content} as OpenAI has them (content may be a list of
 * text parts), or ShareGPT's {from, value}; a list, or its JSON text.
 */
export function conversationOf(field: string, cell: unknown): Message[] | string {
  const items = turnsIn(cell);
  if (items === undefined) return messageList(field, cell);
  if (items.some((item) => 'from' in item && !('role' in item))) return fromShareGpt(field, items);
  return messageList(
    field,
    items.map((item) => ({ ...item, content: textOf(item['content']) })),
  );
}

function fromShareGpt(field: string, items: readonly Record<string, unknown>[]): Message[] | string {
  const messages: Message[] = [];
  for (const [at, { from, value }] of items.entries()) {
    const role = typeof from === 'string' ? SPEAKERS[from] : undefined;
    if (role === undefined) return `${field}[${at}].from: expected human, gpt or system, found ${shown(from)}`;
    if (typeof value !== 'string') return `${field}[${at}].value: expected text, found ${shown(value)}`;
    messages.push({ role, content: value });
  }
  return messages;
}

/** The text of a list of parts; images and the like leave the list as it is, for the message's schema to refuse. */
function textOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  const texts = content.map((part: unknown) =>
    typeof part === 'object' && part !== null && 'text' in part ? part.text : undefined,
  );
  return texts.every((text) => typeof text === 'string') ? texts.join('') : content;
}
