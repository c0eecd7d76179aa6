import type { AdaptedPair, Message } from '../../../../datasets/index.ts';
import { sideBySide } from '../../drawing/sideBySide.ts';
import { wrapText } from '../../drawing/wrapText.ts';

const INDENT = '  ';
/** Lines that a text may take before it is cut. */
const MOST_LINES = 12;

/** A pair to read: the prompt over its whole width, below it the answers side by side where there is room. */
export function drawPair({ prompt, chosen, rejected }: AdaptedPair, width: number): string {
  const answers = [
    { heading: 'chosen', text: chosen },
    { heading: 'rejected', text: rejected },
  ];
  return `${drawMessages(prompt, width)}\n${sideBySide(answers, width, MOST_LINES)}`;
}

/** A conversation to read, one paragraph a turn: `role: text`. */
function drawMessages(messages: readonly Message[], width: number): string {
  return messages.map(({ role, content }) => hanging(`${role}: ${content}`, width)).join('\n');
}

/** A row to read, one paragraph a column. */
export function drawFields(row: Readonly<Record<string, unknown>>, width: number): string {
  return Object.entries(row)
    .map(([name, value]) => (isConversation(value) ? `${name}\n${drawMessages(value, width)}` : field(name, value)))
    .join('\n');

  function field(name: string, value: unknown): string {
    return hanging(`${name}: ${typeof value === 'string' ? value : jsonText(value)}`, width);
  }
}

/** JSON of a value; integers beyond JSON's as text. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item)) ?? 'null';
}

/** Lines after the first are indented. */
function hanging(text: string, width: number): string {
  const [first, ...others] = wrapText(text, width - INDENT.length, MOST_LINES);
  return [first, ...others.map((line) => (line === '' ? '' : INDENT + line))].join('\n');
}

function isConversation(value: unknown): value is Message[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item: unknown) => {
      const { role, content } = (item ?? {}) as Partial<Message>;
      return typeof role === 'string' && typeof content === 'string';
    })
  );
}
