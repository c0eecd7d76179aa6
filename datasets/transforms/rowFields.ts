import { didYouMean } from '../../src/base/closest.ts';

/** Checks that a list of fields names some. */
export function checkFields(transform: string, fields: readonly string[]): void {
  if (fields.length > 0) return;
  throw new RangeError(`${transform}: fields must name at least one field, got none. Name one, such as "chosen".`);
}

/**
 * What a row has under a name; null where it says null.
 *
 * @throws {RangeError} when it has no such field: comparing nothing with nothing would make all rows equal
 */
export function fieldOf(transform: string, row: object, rowNumber: number, field: string): unknown {
  const value: unknown = (row as Record<string, unknown>)[field];
  if (value !== undefined) return value;
  const names = Object.keys(row);
  throw new RangeError(
    `${transform}: expected "${field}" in each row, row ${rowNumber} has ${names.join(', ') || 'no fields'}.` +
      `${didYouMean(field, names)} Name fields that all rows have.`,
  );
}

/** The texts that a field holds; of a message its content, not who says it. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if ('role' in value && 'content' in value) return textsOf(value.content);
  return Object.values(value).flatMap(textsOf);
}
