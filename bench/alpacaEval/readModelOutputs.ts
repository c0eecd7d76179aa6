import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { z } from 'zod';

import { UserError } from '../../src/base/userError.ts';

const modelOutput = z.looseObject({
  instruction: z.string(),
  output: z.string().nullable(),
  generator: z.string().optional(),
  dataset: z.string().optional(),
});

/** One answer of AlpacaEval's model_outputs.json; keys beyond these are kept. */
export type ModelOutput = z.infer<typeof modelOutput>;

/** A model's answers, one for each instruction. */
export interface ModelOutputs {
  generator: string;
  rows: ModelOutput[];
}

const NAMED = 5;

/**
 * Reads AlpacaEval's model_outputs.json. A file that names no generator is called after itself.
 *
 * @throws {UserError} when the file is missing, not a JSON array of outputs, empty, of several generators, or has an
 *   instruction twice
 */
export async function readModelOutputs(path: string): Promise<ModelOutputs> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(
      'outputs.missing',
      `${path}: expected a model_outputs.json, found no file to read. Check the path.`,
      {
        cause: error,
      },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(path, [`invalid JSON (${error instanceof Error ? error.message : String(error)})`], error);
  }
  const result = z.array(modelOutput).min(1).safeParse(value);
  if (!result.success) {
    throw malformed(
      path,
      result.error.issues.map(({ path: at, message }) => `${z.core.toDotPath(at)}: ${message}`),
    );
  }
  const rows = result.data;
  const problems = duplicates(rows);
  const generators = new Set(rows.map(({ generator }) => generator));
  if (generators.size > 1)
    problems.push(`outputs of ${generators.size} generators: ${Array.from(generators).join(', ')}`);
  if (problems.length > 0) throw malformed(path, problems);
  return { generator: rows[0]!.generator ?? basename(path, '.json'), rows };
}

function duplicates(rows: readonly ModelOutput[]): string[] {
  const places = new Map<string, number>();
  return rows.flatMap(({ instruction }, at) => {
    const before = places.get(instruction);
    if (before === undefined) places.set(instruction, at);
    return before === undefined
      ? []
      : [`row ${at + 1} has the instruction of row ${before + 1}: "${instruction.slice(0, 60)}"`];
  });
}

function malformed(path: string, found: readonly string[], cause?: unknown): UserError {
  const more = found.length > NAMED ? [`and ${found.length - NAMED} more`] : [];
  const list = [...found.slice(0, NAMED), ...more].map((problem) => `  ${problem}`).join('\n');
  return new UserError(
    'outputs.malformed',
    `${path}: expected a JSON array of AlpacaEval's outputs (instruction, output, generator), each instruction once, ` +
      `found:\n${list}\nMend the file, or make it again.`,
    { cause },
  );
}
