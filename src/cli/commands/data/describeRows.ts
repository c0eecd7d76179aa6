import { basename } from 'node:path';

import type { RowProblem } from '../../../../datasets/index.ts';

/** Where rows stand, such as `line 3, line 8 and 4 more`; with the file's name where there are several. */
export function describeRows(first: readonly Pick<RowProblem, 'file' | 'at'>[], count: number): string {
  const severalFiles = new Set(first.map(({ file }) => file)).size > 1;
  const places = first.map(({ file, at }) => (severalFiles ? `${basename(file)} ${at}` : at)).join(', ');
  return count > first.length ? `${places} and ${count - first.length} more` : places;
}
