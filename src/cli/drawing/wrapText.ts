import wrapAnsi from 'wrap-ansi';

import { printable } from './printable.ts';

/**
 * Lines of at most `width` terminal columns, at most `maxLines` of them: where text is cut, the last line says how many
 * characters are left out.
 */
export function wrapText(text: string, width: number, maxLines = Infinity): string[] {
  // Wrapping takes long for a text of megabytes, of which a few lines will be shown.
  const looked = Math.min(text.length, 4 * width * maxLines);
  const shown = printable(text.slice(0, looked));
  const lines = shown.split('\n').flatMap((line) => wrapLine(line, width));
  if (lines.length <= maxLines && looked === text.length) return lines;
  const kept = lines.slice(0, maxLines - 1);
  let end = 0;
  for (const line of kept) end = shown.indexOf(line, end) + line.length;
  const left = shown.slice(end).trimStart().length + text.length - looked;
  return [...kept, `... ${left} more characters`];
}

/** Keeps the indentation of the line, and none of the spaces around a break. */
function wrapLine(line: string, width: number): string[] {
  const parts = wrapAnsi(line, width, { hard: true, trim: false }).split('\n');
  return parts.map((part, at) => (at === 0 ? part.trimEnd() : part.trim()));
}
