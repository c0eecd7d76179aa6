import type { Message } from '../messages.ts';
import { RowFault } from './rowFault.ts';
import { shown } from './shown.ts';

/** The speakers of ShareGPT's lists and the roles that chat templates know them by. */
const SPEAKERS: ReadonlyMap<unknown, string> = new Map([
  ['human', 'user'],
  ['user', 'user'],
  ['gpt', 'assistant'],
  ['chatgpt', 'assistant'],
  ['bing', 'assistant'],
  ['bard', 'assistant'],
  ['assistant', 'assistant'],
  ['system', 'system'],
  ['tool', 'tool'],
  ['observation', 'tool'],
]);

/** The list in a cell: itself, or parsed when the cell is JSON text, as in CSV. Anything else is undefined. */
export function listIn(cell: unknown): unknown[] | undefined {
  let value = cell;
  if (typeof cell === 'string' && cell.trimStart().startsWith('[')) {
    try {
      value = JSON.parse(cell);
    } catch {
      return undefined;
    }
  }
  return Array.isArray(value) ? (value as unknown[]) : undefined;
}

/** The same for a list of one object or more. */
export function objectsIn(cell: unknown): Record<string, unknown>[] | undefined {
  const items = listIn(cell);
  const areObjects = items?.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
  return items && items.length > 0 && areObjects ? (items as Record<string, unknown>[]) : undefined;
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
export function conversationOf(field: string, cell: unknown): Message[] | RowFault {
  const items = turnsIn(cell);
  if (items === undefined) return RowFault.in(field, 'text or a list of messages {role, content}', cell);
  const isShareGpt = items.some((item) => 'from' in item && !('role' in item));
  const messages: Message[] = [];
  for (const [at, item] of items.entries()) {
    const message = isShareGpt ? fromShareGpt(`${field}[${at}]`, item) : fromOpenAi(`${field}[${at}]`, item);
    if (message instanceof RowFault) return message;
    messages.push(message);
  }
  return messages;
}

function fromShareGpt(at: string, { from, value }: Record<string, unknown>): Message | RowFault {
  const role = SPEAKERS.get(from);
  if (role === undefined) {
    const expected = `${at}.from: expected human, gpt, system or tool, found ${shown(from)}`;
    const why = from === 'function_call' ? `${expected}: calls of tools are not read` : expected;
    return new RowFault('wrong-value', why, `${at}.from`, from);
  }
  const content = textOf(`${at}.value`, value);
  return typeof content === 'string' ? { role, content } : content;
}

function fromOpenAi(at: string, item: Record<string, unknown>): Message | RowFault {
  const { role, content } = item;
  if (typeof role !== 'string' || role === '') {
    return new RowFault(
      'wrong-value',
      `${at}.role: expected the name of a role, found ${shown(role)}`,
      `${at}.role`,
      role,
    );
  }
  const call = ['tool_calls', 'function_call'].find((name) => item[name] !== undefined && item[name] !== null);
  if (call !== undefined && !isEmptyList(item[call])) {
    const why = `${at}.${call}: expected text alone, found a call of a tool, which is not read`;
    return new RowFault('not-text', why, `${at}.${call}`, item[call]);
  }
  const text = textOf(`${at}.content`, content);
  return typeof text === 'string' ? { role, content: text } : text;
}

/** The text of a turn: itself, or its text parts joined. Images and other parts are refused by the name of their type. */
function textOf(at: string, content: unknown): string | RowFault {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) {
    const reason = (content ?? undefined) === undefined ? 'missing-field' : 'wrong-value';
    return new RowFault(reason, `${at}: expected text, found ${shown(content)}`, at, content);
  }
  let text = '';
  for (const [part, value] of (content as unknown[]).entries()) {
    const piece = partText(value);
    if (piece === undefined) {
      const found = `a part of type ${shown(fieldOf(value, 'type'))}`;
      return new RowFault('not-text', `${at}[${part}]: expected text, found ${found}`, `${at}[${part}]`, value);
    }
    text += piece;
  }
  return text;
}

function partText(part: unknown): string | undefined {
  if (typeof part === 'string') return part;
  const [type, text] = [fieldOf(part, 'type') ?? 'text', fieldOf(part, 'text')];
  const isText = type === 'text' || type === 'input_text' || type === 'output_text';
  return isText && typeof text === 'string' ? text : undefined;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
