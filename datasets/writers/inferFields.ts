import type { Field } from 'apache-arrow';

import { UserError } from '../../src/base/userError.ts';
import { listProblems } from '../listProblems.ts';
import { TypeSketch } from './typeSketch.ts';

/**
 * The columns of rows: their names in the order they come, and the Arrow type that holds all their values.
 *
 * @throws {UserError} when a column holds values of several types
 */
export async function inferFields(path: string, rows: AsyncIterable<object>): Promise<Field[]> {
  const sketch = new TypeSketch();
  for await (const row of rows) sketch.addFields(row);
  const { fields, problems } = sketch.fields();
  if (problems.length === 0) return fields;
  throw new UserError(
    'write.types',
    `${path}: expected values of one type in each column, found several:\n${listProblems(problems)}\n` +
      'Write .jsonl, which keeps them as they are.',
  );
}
