import type { z } from 'zod';

import { UserError } from '../src/base/userError.ts';
import { listProblems, schemaProblems } from './listProblems.ts';
import { TABLES } from './schemas.ts';
import type { TableName, TableRows } from './schemas.ts';

/**
 * Rows as a table wants them, with what else they hold.
 *
 * @param before rows of the file before these, for messages
 * @throws {UserError} when a row does not fit the table; up to five are listed
 */
export function checkRows<N extends TableName>(
  path: string,
  table: N,
  rows: readonly object[],
  before = 0,
): (TableRows[N] & Record<string, unknown>)[] {
  const schema: z.ZodType = TABLES[table].row.loose();
  const problems: string[] = [];
  const checked = rows.map((row, at) => {
    const result = schema.safeParse(row);
    if (!result.success) {
      problems.push(...schemaProblems(result.error).map((problem) => `row ${before + at + 1}, ${problem}`));
    }
    return result.data;
  });
  if (problems.length > 0) {
    throw new UserError(
      'arrow.rows',
      `${path}: expected rows of the table "${table}", found:\n${listProblems(problems)}\nMend these rows at their source.`,
    );
  }
  return checked as (TableRows[N] & Record<string, unknown>)[];
}
