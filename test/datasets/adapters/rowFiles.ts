import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { temporaryFolder } from '../../base/temporaryFolder.ts';

export const user = (content: string): { role: string; content: string } => ({ role: 'user', content });
export const assistant = (content: string): { role: string; content: string } => ({ role: 'assistant', content });

/** A whole conversation: the question Q and an answer. */
export const side = (answer: string): object[] => [user('Q'), assistant(answer)];

/** Writes rows as JSON Lines. */
export async function fileOf(...rows: object[]): Promise<string> {
  const path = join(await temporaryFolder(), 'rows.jsonl');
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return path;
}
