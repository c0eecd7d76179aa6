import { z } from 'zod';

import { RowFault } from './adapters/rowFault.ts';
import { TABLES, type TableName } from './schemas.ts';

/** What keeps a row from being one of the table: one fault a field, none for a good row. */
export function schemaFaults(table: TableName, row: Readonly<Record<string, unknown>>): RowFault[] {
  const columns = TABLES[table].columns;
  const plain: Record<string, unknown> = { ...row };
  for (const { name } of columns) plain[name] = plainValue(row[name]);
  const schema: z.ZodType = TABLES[table].row.loose();
  const result = schema.safeParse(plain);
  if (result.success) return [];
  return result.error.issues.map(({ path, message }) => {
    const field = z.core.toDotPath(path);
    const value = path.reduce<unknown>((inner, step) => (inner as Record<PropertyKey, unknown> | null)?.[step], plain);
    const reason = (value ?? undefined) === undefined ? 'missing-field' : 'wrong-value';
    return new RowFault(reason, `${field}: ${message}`, field, value ?? undefined);
  });
}

/** 64-bit integers of other writers count as numbers, and a column that may be null may be missing. */
function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plainValue);
  return value ?? null;
}
