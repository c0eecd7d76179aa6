import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import type { Message } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import { importUserFile } from '../recipe/importUserFile.ts';
import type { Answer, Judge } from './judge.ts';
import { createVerifier } from './verifiers/createVerifier.ts';

/** What a check is told beside the answer: all columns of the prompt's row, under their names, and these. */
export interface CheckedRow extends Readonly<Record<string, unknown>> {
  /** What the last message of the prompt says. */
  prompt: string;
  /** The whole prompt. */
  messages: readonly Message[];
}

type Check = (answer: string, row: CheckedRow) => number | boolean | Promise<number | boolean>;

/**
 * The judge in a file of the user's: its default export is a judge, or a check of one answer, `(answer, row) => number |
 * boolean`, which may be async.
 *
 * @throws {UserError} when the file cannot be loaded or exports neither
 * @example
 * // check.ts: export default (answer: string, { answer: right }) => answer.trim() === right;
 * const judge = await openCheck('./check.ts');
 */
export async function openCheck(path: string): Promise<Judge> {
  const { default: exported } = await importUserFile(path, 'judge');
  if (isJudge(exported)) return exported;
  if (typeof exported !== 'function') {
    const found = exported === undefined ? 'no default export' : `a default export of type ${typeof exported}`;
    throw new UserError(
      'judge.notAJudge',
      `Judge file "${path}": expected a judge or a function (answer, row) => number | boolean as default export, found ` +
        `${found}. Write such as "export default (answer, row) => answer.includes(row.answer)".`,
    );
  }
  const check = exported as Check;
  // The file is what the scores depend on.
  const hash = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return createVerifier({
    id: `${basename(path)} ${hash.slice(0, 12)}`,
    columns: 'all',
    check: ({ answer, prompt, columns }: Answer) =>
      check(answer, { ...columns, prompt: prompt.at(-1)?.content ?? '', messages: prompt }),
  });
}

function isJudge(value: unknown): value is Judge {
  if (typeof value !== 'object' || value === null) return false;
  const { id, compare, dispose } = value as Partial<Record<keyof Judge, unknown>>;
  return typeof id === 'string' && typeof compare === 'function' && typeof dispose === 'function';
}
