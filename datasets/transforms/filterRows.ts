import { comparable } from './comparable.ts';
import type { TransformEntry } from './recordTransform.ts';
import { checkFields, fieldOf, textsOf } from './rowFields.ts';
import { rowStream, type RowStream, type Rows } from './rowStream.ts';

/** The least and the most that stays, both included. */
export interface LengthLimits {
  min?: number;
  max?: number;
}

/** What a row must fulfil to stay. Those left out are counted under the name of the first rule they break, in this order. */
export interface FilterRules<T> {
  /** Characters (Unicode code points) of each of these fields; of messages, their contents together. */
  textLength?: LengthLimits & { fields: readonly (keyof T & string)[] };
  /** Tokens of a row, however they are counted: `(row) => tokenizer.encode(row.chosen).length`. */
  tokenLength?: LengthLimits & { of: (row: T) => number };
  /** The least `scoreMargin`. A row whose margin is null is left out. */
  scoreMargin?: { min: number };
  /** Fields that must not all say the same, as `['chosen', 'rejected']`. Compared as `dedupe` does. */
  identical?: readonly (keyof T & string)[];
  /** A rule of your own, and what to count the rows under that it leaves out. */
  keep?: { reason: string; where: (row: T) => boolean };
}

interface Rule<T> {
  reason: string;
  options: TransformEntry['options'][string];
  fulfils: (row: T, rowNumber: number) => boolean;
}

/**
 * Leaves out rows that break a rule; how many for which reason is in `dropped` of the entry. Streams.
 *
 * @throws {RangeError} when there is no rule, a rule's limits keep nothing, a row lacks a field that a rule names, or what it
 *   has there is no number where one is needed
 * @example filterRows(pairs, { textLength: { fields: ['chosen', 'rejected'], min: 1 }, identical: ['chosen', 'rejected'] });
 */
export function filterRows<T extends object>(rows: Rows<T>, rules: FilterRules<T>): RowStream<T> {
  const list = rulesOf(rules);
  if (list.length === 0) throw new RangeError('filterRows: expected a rule, got none. Name one, such as textLength.');
  const options = Object.fromEntries(list.map((rule) => [rule.reason, rule.options]));
  const dropped = Object.fromEntries(list.map(({ reason }) => [reason, 0]));
  return rowStream({ name: 'filterRows', options, dropped }, rows, async function* (source) {
    let rowNumber = 0;
    for await (const row of source) {
      rowNumber++;
      const broken = list.find(({ fulfils }) => !fulfils(row, rowNumber));
      if (broken) dropped[broken.reason]!++;
      else yield row;
    }
  });
}

function rulesOf<T extends object>({
  textLength,
  tokenLength,
  scoreMargin,
  identical,
  keep,
}: FilterRules<T>): Rule<T>[] {
  const rules: Rule<T>[] = [];
  if (textLength) rules.push(textRule(textLength));
  if (tokenLength) {
    const { of, ...limits } = tokenLength;
    const within = withinLimits('tokenLength', limits);
    const fulfils = (row: T, rowNumber: number): boolean => within(numberOf('tokenLength', of(row), rowNumber));
    rules.push({ reason: 'tokenLength', options: { ...limits, of: 'function' }, fulfils });
  }
  if (scoreMargin) {
    const within = withinLimits('scoreMargin', scoreMargin);
    const fulfils = (row: T, rowNumber: number): boolean => {
      const margin = fieldOf('filterRows', row, rowNumber, 'scoreMargin');
      return margin !== null && within(numberOf('scoreMargin', margin, rowNumber));
    };
    rules.push({ reason: 'scoreMargin', options: { ...scoreMargin }, fulfils });
  }
  if (identical) rules.push(identicalRule(identical));
  if (keep && rules.some(({ reason }) => reason === keep.reason)) {
    throw new RangeError(`filterRows: keep.reason must differ from the other rules, got ${keep.reason}. Rename it.`);
  }
  if (keep) rules.push({ reason: keep.reason, options: 'function', fulfils: keep.where });
  return rules;
}

function textRule<T extends object>({ fields, ...limits }: NonNullable<FilterRules<T>['textLength']>): Rule<T> {
  checkFields('filterRows', fields);
  const within = withinLimits('textLength', limits);
  const fulfils = (row: T, rowNumber: number): boolean =>
    fields.every((field) => {
      const texts = textsOf(fieldOf('filterRows', row, rowNumber, field));
      return within(texts.reduce((sum, text) => sum + codePoints(text), 0));
    });
  return { reason: 'textLength', options: { ...limits, fields: [...fields] }, fulfils };
}

function identicalRule<T extends object>(fields: readonly (keyof T & string)[]): Rule<T> {
  if (fields.length < 2) {
    throw new RangeError(
      `filterRows: identical must name two fields or more, got ${fields.join(', ') || 'none'}. Name both answers.`,
    );
  }
  const fulfils = (row: T, rowNumber: number): boolean => {
    const contents = fields.map((field) => JSON.stringify(comparable(fieldOf('filterRows', row, rowNumber, field))));
    return new Set(contents).size > 1;
  };
  return { reason: 'identical', options: [...fields], fulfils };
}

function withinLimits(rule: string, { min = -Infinity, max = Infinity }: LengthLimits): (value: number) => boolean {
  const limited = min > -Infinity || max < Infinity;
  if (!limited || !(min <= max)) {
    throw new RangeError(
      `filterRows: ${rule} must have min or max, min at most max, got ${min} to ${max}. Correct them.`,
    );
  }
  return (value) => value >= min && value <= max;
}

function numberOf(rule: string, value: unknown, rowNumber: number): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new RangeError(
    `filterRows: ${rule} must be a number in each row, row ${rowNumber} has ${String(value)}. Leave such rows out first.`,
  );
}

function codePoints(text: string): number {
  return text.length - (text.match(SURROGATE_PAIRS)?.length ?? 0);
}

const SURROGATE_PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;
