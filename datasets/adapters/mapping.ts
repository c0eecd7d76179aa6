import { didYouMean } from '../../src/base/closest.ts';
import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';
import type { RawRow } from './adapter.ts';
import { has } from './adapter.ts';
import { RowFault } from './rowFault.ts';
import { shown } from './shown.ts';

const TARGETS = [
  'id',
  'source',
  'prompt',
  'messages',
  'conversations',
  'instruction',
  'input',
  'question',
  'answer',
  'system',
  'chosen',
  'rejected',
  'score_chosen',
  'score_rejected',
  'completions',
  'completion',
  'output',
  'generator',
  'label',
  'subset',
  'text',
] as const;

/**
 * How a row of the user's own becomes one of a known format: the path of each field, such as
 * `{ prompt: 'data.question', chosen: 'data.answers[0].text', rejected: 'data.answers[1].text' }`, or a function from row to
 * row. A column whose whole name is the path comes first; JSON text on the way is read.
 */
export type RowMapping =
  | Readonly<Partial<Record<(typeof TARGETS)[number], string>>>
  | ((row: RawRow) => Record<string, unknown>);

/**
 * @returns a function from a row to the mapped row, with the first row's `id` and `source`, or to what is wrong with it
 * @throws {UserError} for an unknown field and for what is no path
 */
export function compileMapping(mapping: RowMapping): (row: RawRow) => RawRow | RowFault {
  if (typeof mapping === 'function') return (row) => mapByFunction(row, mapping);
  const fields = Object.entries(mapping).map(([field, path]) => ({ field, path, steps: stepsOf(field, path) }));
  if (fields.length === 0) {
    throw new UserError(
      'adapter.mapping',
      "adapter: expected the path of a field, found none. Name one, such as { prompt: 'question' }.",
    );
  }
  return (row) => {
    const mapped: Record<string, unknown> = named(row);
    for (const { field, path, steps } of fields) {
      const value = row[path] ?? valueAt(row, steps);
      if (value === undefined || value === null) {
        return new RowFault('mapping', `expected "${field}" at "${path}", found nothing there`, path);
      }
      mapped[field] = value;
    }
    return mapped;
  };
}

function mapByFunction(row: RawRow, map: (row: RawRow) => Record<string, unknown>): RawRow | RowFault {
  try {
    const mapped: unknown = map(row);
    const isRow = typeof mapped === 'object' && mapped !== null && !Array.isArray(mapped);
    if (isRow) return { ...named(row), ...mapped };
    return new RowFault('mapping', `expected a row from the mapping, found ${shown(mapped)}`, undefined, mapped);
  } catch (error) {
    return new RowFault('mapping', `the mapping failed: ${reasonOf(error)}`);
  }
}

const named = (row: RawRow): Record<string, unknown> =>
  Object.fromEntries(['id', 'source'].filter((field) => has(row, field)).map((field) => [field, row[field]]));

function stepsOf(field: string, path: unknown): string[] {
  if (!(TARGETS as readonly string[]).includes(field)) {
    const hint = didYouMean(field, TARGETS);
    throw new UserError('adapter.mapping', `adapter: expected ${TARGETS.join(', ')}, found "${field}".${hint}`);
  }
  if (typeof path !== 'string' || !/^[^.[\]]+(\.[^.[\]]+|\[\d+\])*$/.test(path)) {
    throw new UserError(
      'adapter.mapping',
      `adapter.${field}: expected a path such as data.answers[0].text, found ${shown(path)}.`,
    );
  }
  return path.split(/[.[\]]+/).filter((step) => step !== '');
}

function valueAt(row: RawRow, steps: readonly string[]): unknown {
  let value: unknown = row;
  for (const step of steps) {
    const inner = typeof value === 'string' ? parsed(value) : value;
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step)) return undefined;
    value = (inner as RawRow)[step];
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
