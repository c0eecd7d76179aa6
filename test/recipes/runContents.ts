import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Contents of all files of a run but its timings, by path. */
export async function runContents(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const path of (await readdir(folder, { recursive: true })).sort()) {
    if (path === 'timings.jsonl' || !(await stat(join(folder, path))).isFile()) continue;
    files.set(path, (await readFile(join(folder, path))).toString('base64'));
  }
  return files;
}
