import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { UserError } from '../../src/base/userError.ts';
import { lengthTerms, type LengthPrior } from './lengthControlledWinRate.ts';

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
  baselineLengths: number[];
}

/**
 * Reads a prior from JSON: `instruction_difficulty`, `baseline_len`, and for `verbose` and `concise` the lengths (`_len`) and
 * preferences (`_surrogate_preference`) of the gamed baselines, one number for each row of the evaluation set.
 *
 * @throws {UserError} when the file is missing, not JSON or lacks a list, or lists differ in length
 */
export async function readLengthPrior(path: string): Promise<LengthPriorFile> {
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
