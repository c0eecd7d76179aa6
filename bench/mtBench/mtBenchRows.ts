import { readRows } from 'nashtune/datasets';
import type { z } from 'zod';

import { schemaProblems } from '../../datasets/listProblems.ts';

/** The rows of a file that are as they should be; what is wrong with the others joins the problems. */
export async function mtBenchRows<Row>(path: string, schema: z.ZodType<Row>, problems: string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const place of readRows(path)) {
    const parsed = 'row' in place ? schema.safeParse(place.row) : undefined;
    if (parsed?.success) rows.push(parsed.data);
    else {
      const found = parsed ? schemaProblems(parsed.error) : 'problem' in place ? [place.problem] : [];
      problems.push(`${path} ${place.at}: ${found.join('; ')}`);
    }
  }
  return rows;
}
