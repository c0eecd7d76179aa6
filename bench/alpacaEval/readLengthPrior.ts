import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';

import { z } from 'zod';

import { UserError } from '../../src/base/userError.ts';
import { lengthTerms, type LengthPrior } from './lengthControlledWinRate.ts';
import { readGamedBaselines } from './readGamedBaselines.ts';

const numbers = z.array(z.number());
const priorFile = z.looseObject({
  baseline_len: numbers,
  instruction_difficulty: numbers,
  verbose_len: numbers,
  concise_len: numbers,
  verbose_surrogate_preference: numbers,
  concise_surrogate_preference: numbers,
});

/** The prior of AlpacaEval 2, and the lengths of its baseline's outputs. */
export interface LengthPriorFile {
  prior: LengthPrior;
  /** Null where the files do not tell them: then nobody can check that rows are those of the prior. */
  baselineLengths: number[] | null;
}

/**
 * Reads a prior from AlpacaEval's own tables, df_gamed.csv and perhaps instruction_difficulty.csv in either order, or from
 * JSON: `instruction_difficulty`, `baseline_len`, and for `verbose` and `concise` the lengths (`_len`) and preferences
 * (`_surrogate_preference`) of the gamed baselines, one number for each row of the evaluation set.
 *
 * @throws {UserError} when a file is missing or neither, lacks a list or a column, or lists differ in length
 */
export async function readLengthPrior(...paths: readonly string[]): Promise<LengthPriorFile> {
  const tables = paths.filter((path) => extname(path) === '.csv');
  const [path, ...others] = paths;
  if (path !== undefined && others.length === 0 && tables.length === 0) return readJson(path);
  const [gamed, difficulty] = tables.sort((a, b) => Number(isDifficulty(a)) - Number(isDifficulty(b)));
  if (gamed === undefined || tables.length !== paths.length || paths.length > 2 || isDifficulty(gamed)) {
    throw malformed(
      paths.join(', '),
      'other files: give one JSON file, or df_gamed.csv and instruction_difficulty.csv',
    );
  }
  return { baselineLengths: null, prior: await readGamedBaselines(gamed, difficulty) };
}

function isDifficulty(path: string): boolean {
  return basename(path).startsWith('instruction_difficulty');
}

async function readJson(path: string): Promise<LengthPriorFile> {
  const file = await parse(path);
  const rows = file.instruction_difficulty.length;
  const unequal = Object.keys(priorFile.shape).filter((key) => (file[key] as number[]).length !== rows);
  if (unequal.length > 0) throw malformed(path, `${unequal.join(', ')} without ${rows} numbers`);
  const difficulties = Float64Array.from(file.instruction_difficulty);
  const gamed = (lengths: readonly number[], preferences: readonly number[]): LengthPrior['gamed'][number] => ({
    lengthTerms: lengthTerms(file.baseline_len, lengths),
    difficulties,
    preferences: Float64Array.from(preferences),
  });
  return {
    baselineLengths: file.baseline_len,
    prior: {
      instructionDifficulty: difficulties,
      gamed: [
        gamed(file.verbose_len, file.verbose_surrogate_preference),
        gamed(file.concise_len, file.concise_surrogate_preference),
      ],
    },
  };
}

async function parse(path: string): Promise<z.infer<typeof priorFile>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(
      'lengthPrior.missing',
      `${path}: expected the prior of length control, found no file. Check the path.`,
      {
        cause: error,
      },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(path, 'no JSON', error);
  }
  const result = priorFile.safeParse(value);
  if (!result.success) {
    const fields = result.error.issues.map(({ path: field, message }) => `${field.join('.')}: ${message}`);
    throw malformed(path, fields.slice(0, 5).join('; '), result.error);
  }
  return result.data;
}

function malformed(path: string, found: string, cause?: unknown): UserError {
  return new UserError(
    'lengthPrior.malformed',
    `${path}: expected lists of numbers, one for each row of the evaluation set, found ${found}. Copy or make the file again.`,
    { cause },
  );
}
