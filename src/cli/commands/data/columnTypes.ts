/** What the rows that were looked at have in one column. */
export interface ColumnTypes {
  name: string;
  /** How many rows hold a value of each type, such as `text` or `list of {role, content}`. */
  types: Record<string, number>;
  /** Part of the rows without a value, from 0 to 1. */
  nulls: number;
}

/** Counts what the columns of rows hold, row by row. */
export function columnTypes(): { add(row: Readonly<Record<string, unknown>>): void; result(): ColumnTypes[] } {
  const columns = new Map<string, Map<string, number>>();
  let rows = 0;
  return {
    add: (row) => {
      rows++;
      for (const [name, value] of Object.entries(row)) {
        const types = columns.get(name) ?? new Map<string, number>();
        columns.set(name, types);
        if (value === null || value === undefined) continue;
        const type = typeName(value);
        types.set(type, (types.get(type) ?? 0) + 1);
      }
    },
    result: () =>
      Array.from(columns, ([name, types]) => {
        const present = [...types.values()].reduce((sum, count) => sum + count, 0);
        return { name, types: Object.fromEntries(types), nulls: (rows - present) / rows };
      }),
  };
}

function typeName(value: unknown): string {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (Array.isArray(value)) return listName(value);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return `{${Object.keys(value).join(', ')}}`;
  }
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}

function listName(items: readonly unknown[]): string {
  const names = [...new Set(items.map((item) => (item === null ? 'nothing' : typeName(item))))];
  return names.length === 0 ? 'empty list' : `list of ${names.join(' or ')}`;
}
