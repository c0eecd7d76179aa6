import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes rows as JSON Lines; returns the path. */
export async function jsonLines(folder: string, name: string, rows: readonly object[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return path;
}
