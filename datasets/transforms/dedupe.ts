import { createHash } from 'node:crypto';

import { comparable } from './comparable.ts';
import { checkFields, fieldOf } from './rowFields.ts';
import { rowStream, type RowStream, type Rows } from './rowStream.ts';

export interface DedupeOptions<T> {
  /** Fields whose contents make two rows the same. Others may differ. */
  fields: readonly (keyof T & string)[];
}

/**
 * Leaves out rows whose chosen fields say the same as those of a row before: the first stays. Runs of whitespace count as
 * one space, whitespace at the ends as none, and characters are compared in Unicode's composed form (NFC); case and
 * punctuation matter. Streams, and keeps a SHA-256 for each row it has given. How many were left out is
 * `rowsIn - rowsOut` of the entry.
 *
 * @throws {RangeError} when no field is named, or a row lacks one
 * @example const { rows } = await collectRows(dedupe(pairs, { fields: ['prompt', 'chosen', 'rejected'] }));
 */
export function dedupe<T extends object>(rows: Rows<T>, { fields }: DedupeOptions<T>): RowStream<T> {
  checkFields('dedupe', fields);
  return rowStream({ name: 'dedupe', options: { fields: [...fields] } }, rows, async function* (source) {
    const seen = new Set<string>();
    let rowNumber = 0;
    for await (const row of source) {
      rowNumber++;
      const contents = fields.map((field) => comparable(fieldOf('dedupe', row, rowNumber, field)));
      const hash = createHash('sha256').update(JSON.stringify(contents)).digest('base64url');
      if (seen.has(hash)) continue;
      seen.add(hash);
      yield row;
    }
  });
}
