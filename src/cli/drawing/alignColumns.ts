import stringWidth from 'string-width';

import { padColumns } from './padColumns.ts';

/**
 * Rows of cells under each other. Cells of the columns named in `right`, by index, end at the same place: numbers.
 */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell));
  }
  const pad = (cell: string, at: number): string => {
    const width = widths[at]!;
    return right.includes(at) ? ' '.repeat(width - stringWidth(cell)) + cell : padColumns(cell, width);
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
