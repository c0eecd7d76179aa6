import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readRows, type ReadRow, type ReadRowsOptions } from '../../../datasets/readers/readRows.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

/** All that `readRows` gives of a place. */
export async function allRows(place: string, options: ReadRowsOptions = {}): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  for await (const row of readRows(place, options)) rows.push(row);
  return rows;
}

/** Where each row stands and what it holds, or is instead. */
export function shortly(rows: readonly ReadRow[]): [string, unknown][] {
  return rows.map((read) => [read.at, 'row' in read ? read.row : read.problem]);
}

/** A file with this content in a folder of its own. */
export async function fileOf(content: string | Uint8Array, name = 'file'): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return path;
}
