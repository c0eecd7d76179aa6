import { reasonOf } from '../listProblems.ts';
import { duplicateKey } from './duplicateKey.ts';
import type { RowOrProblem } from './readRow.ts';

/** Reads the JSON text of one row. */
export function parseRow(text: string): RowOrProblem {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (error) {
    return { problem: `expected a JSON object, found invalid JSON (${reasonOf(error)})` };
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    return { problem: `expected a JSON object, found ${shorten(text.trim())}` };
  }
  const key = duplicateKey(text, row);
  if (key !== undefined) return { problem: `expected each key once, found "${key}" twice in an object` };
  return { row: row as Record<string, unknown> };
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
