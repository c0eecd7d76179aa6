import { createHash } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { readRows, recordTransform, writeRows, type ReadRow } from '../../../../datasets/index.ts';
import { rowRecognizer } from '../../../../datasets/adapters/registry.ts';
import { RowFault } from '../../../../datasets/adapters/rowFault.ts';
import { PROMPTS_READER } from '../../../../datasets/readPrompts.ts';
import { jsonText } from '../../../../datasets/writers/jsonText.ts';
import { UserError } from '../../../base/userError.ts';
import { replaceAtomic } from '../../../base/writeFileAtomic.ts';
import type { Session } from '../../command.ts';
import { paced } from './paced.ts';
import { sourceFile } from './sourceFile.ts';
import { REST, splitSides, type Sizes } from './splitSides.ts';

export interface SplitOptions {
  place: string;
  /** New folder. */
  out: string;
  /** `prompt`, or a column. */
  key: string;
  seed: number;
  sizes: Sizes;
}

export interface SplitFiles {
  /** Rows read. */
  rows: number;
  files: Record<string, { path: string; rows: number }>;
  /** Sides that have fewer rows than asked for, one sentence each. */
  short: string[];
}

/**
 * Divides the rows of a place into files of one folder, which appears whole or not at all. Reads the place once to divide it and
 * then once for each file or twice, so that only hashes of keys are kept.
 *
 * @throws {UserError} when the folder exists and is not empty, and for a row without the key
 */
export async function splitRows({ place, out, key, seed, sizes }: SplitOptions, session: Session): Promise<SplitFiles> {
  await checkOut(out);
  const keys: string[] = [];
  for await (const found of paced(readRows(place), session)) keys.push(hashOf(keyOf(found, key)));
  if (keys.length === 0) {
    throw new UserError('input.empty', `${place}: expected rows, found none. Name a file that has some.`);
  }
  const sides = splitSides(keys, sizes, seed);
  const names = 'counts' in sizes ? [...Object.keys(sizes.counts), REST] : Object.keys(sizes.shares);
  const rowsOf = (name: string): number => sides.filter((side) => side === name).length;
  const source = await sourceFile(place);
  const extension = /\.(jsonl\.gz|csv|csv\.gz|parquet|arrow)$/i.exec(place)?.[0] ?? '.jsonl';
  await replaceAtomic(out, async (temporary) => {
    await mkdir(temporary);
    for (const name of names) {
      const entry = {
        name: 'split',
        options: { from: place, key, seed, ...sizes, side: name },
        rowsIn: keys.length,
        rowsOut: rowsOf(name),
      };
      await writeRows(join(temporary, name + extension), () => side(name), {
        metadata: () => recordTransform(source.metadata, entry),
        columns: extension === '.arrow' ? source.columns : [],
      });
    }
  });
  return {
    rows: keys.length,
    files: Object.fromEntries(names.map((name) => [name, { path: join(out, name + extension), rows: rowsOf(name) }])),
    short: shortSides(sizes, rowsOf),
  };

  async function* side(name: string): AsyncGenerator<object> {
    let at = 0;
    for await (const found of paced(readRows(place), session)) {
      if (sides[at++] === name && 'row' in found) yield found.row;
    }
  }
}

async function checkOut(out: string): Promise<void> {
  const parent = await stat(dirname(out)).catch(() => undefined);
  if (parent?.isDirectory() !== true) {
    throw new UserError(
      'write.folder',
      `--out: expected the folder "${dirname(out)}", found none. Make it, or name another.`,
    );
  }
  const found = await readdir(out).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : undefined));
  if (found?.length === 0) return;
  throw new UserError('output.exists', `--out: expected a new or empty folder, found "${out}". Name another.`);
}

function keyOf(found: ReadRow, key: string): unknown {
  const where = `${found.file}, ${found.at}`;
  if (!('row' in found))
    throw new UserError('rows.bad', `${where}: ${found.problem}. Mend it, or leave it out with convert.`);
  if (key !== 'prompt') {
    const value = found.row[key] ?? undefined;
    if (value !== undefined) return value;
    throw new UserError(
      'rows.bad',
      `${where}: expected "${key}", found ${Object.keys(found.row).join(', ')}. Name another --key.`,
    );
  }
  const recognized = recognize(found.row);
  const prompt = recognized instanceof RowFault ? recognized : PROMPTS_READER.read(recognized);
  if (!(prompt instanceof RowFault)) return prompt.map(({ role, content }) => [role, content]);
  throw new UserError('rows.bad', `${where}: ${prompt.why}. Name the column that keeps rows together with --key.`);
}

const recognize = rowRecognizer('auto', PROMPTS_READER.wanted);

function hashOf(key: unknown): string {
  return createHash('sha256').update(jsonText(key)).digest('base64url');
}

function shortSides(sizes: Sizes, rowsOf: (name: string) => number): string[] {
  if (!('counts' in sizes)) return [];
  return Object.entries(sizes.counts)
    .filter(([name, count]) => rowsOf(name) < count)
    .map(
      ([name, count]) =>
        `${name} has ${rowsOf(name)} rows, not ${count}: rows of one key stay together, or there are no more.`,
    );
}
