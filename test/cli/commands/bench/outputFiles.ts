import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes outputs as AlpacaEval has them, to "question 1" and so on; returns the path. */
export async function outputsFile(folder: string, generator: string, outputs: readonly string[]): Promise<string> {
  const path = join(folder, `${generator}.json`);
  const rows = outputs.map((output, at) => ({
    instruction: `question ${at + 1}`,
    output,
    generator,
    dataset: at % 2 === 0 ? 'even' : 'odd',
  }));
  await writeFile(path, JSON.stringify(rows));
  return path;
}
