import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { UserError } from '../../src/base/userError.ts';

const annotation = z.looseObject({
  instruction: z.string(),
  /** The baseline's output. */
  output_1: z.string(),
  generator_1: z.string(),
  /** The model's output. */
  output_2: z.string(),
  generator_2: z.string(),
  dataset: z.string().optional(),
  annotator: z.string().optional(),
  /** 1 the baseline is better, 2 the model, 1.5 a draw; null: the annotation failed. */
  preference: z.number().nullable(),
  /** Of alpaca_eval, in files of its newer versions. */
  preference_version: z.string().nullish(),
});

/** One row of AlpacaEval's annotations.json; keys beyond these are kept. */
export type Annotation = z.infer<typeof annotation>;

/** A model's annotations against one baseline by one annotator, and what is odd about them. */
export interface Annotations {
  rows: Annotation[];
  model: string;
  baseline: string;
  /** Null in files that name none. */
  annotator: string | null;
  warnings: string[];
}

/** Rows that are named in a message. */
const NAMED = 5;

/**
 * Reads AlpacaEval's annotations.json.
 *
 * @throws {UserError} when the file is missing, not a JSON array of annotations, empty, holds several models, baselines or
 *   annotators, or the same instruction twice
 */
export async function readAnnotations(path: string): Promise<Annotations> {
  const rows = parseRows(path, await readText(path));
  const problems = [
    ...several(rows, 'generator_1', 'baseline'),
    ...several(rows, 'generator_2', 'model'),
    ...several(rows, 'annotator', 'annotator'),
    ...duplicates(rows),
  ];
  if (problems.length > 0) {
    throw new UserError(
      'annotations.mixed',
      `${path}: expected the annotations of one model against one baseline by one annotator, found:\n` +
        `${problems.map((problem) => `  ${problem}`).join('\n')}\nSplit the file, or take the odd rows out.`,
    );
  }
  const [first] = rows as [Annotation, ...Annotation[]];
  const failed = rows.filter(({ preference }) => preference === null || preference < 0).length;
  const strange = rows.filter(({ preference: p }) => p !== null && p > 0 && !(p >= 1 && p <= 2)).length;
  const versions = several(rows, 'preference_version', 'version');
  const warnings = [
    ...versions.map((found) => `${found}: figures of several evaluator versions are not comparable`),
    ...(failed > 0 ? [`${failed} of ${rows.length} annotations failed and count nowhere`] : []),
    ...(strange > 0 ? [`${strange} preferences lie outside [1, 2] and count as failed`] : []),
  ];
  const { generator_1: baseline, generator_2: model, annotator = null } = first;
  return { rows, model, baseline, annotator, warnings };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(
      'annotations.missing',
      `${path}: expected an annotations.json, found no file to read. Check the path.`,
      {
        cause: error,
      },
    );
  }
}

function parseRows(path: string, text: string): Annotation[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(path, `invalid JSON (${error instanceof Error ? error.message : String(error)})`, error);
  }
  if (!Array.isArray(value) || value.length === 0) throw malformed(path, Array.isArray(value) ? 'no row' : 'no array');
  const problems: string[] = [];
  const rows = value.flatMap((row, at) => {
    const result = annotation.safeParse(row);
    if (result.success) return [result.data];
    const fields = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    problems.push(`row ${at + 1}: ${fields.join('; ')}`);
    return [];
  });
  if (problems.length === 0) return rows;
  const more = problems.length > NAMED ? [`and ${problems.length - NAMED} more`] : [];
  throw malformed(path, `other rows:\n  ${[...problems.slice(0, NAMED), ...more].join('\n  ')}`);
}

function malformed(path: string, found: string, cause?: unknown): UserError {
  return new UserError(
    'annotations.malformed',
    `${path}: expected a JSON array of AlpacaEval's annotations (instruction, output_1, generator_1, output_2, generator_2, ` +
      `preference), found ${found}\nGive the annotations.json of an evaluation.`,
    { cause },
  );
}

function several(
  rows: readonly Annotation[],
  key: 'generator_1' | 'generator_2' | 'annotator' | 'preference_version',
  what: string,
): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const name = row[key] ?? 'none';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 1) return [];
  return [
    `several ${what}s (${key}): ${Array.from(counts, ([name, count]) => `"${name}" in ${count} rows`).join(', ')}`,
  ];
}

function duplicates(rows: readonly Annotation[]): string[] {
  const places = new Map<string, number>();
  const twice: string[] = [];
  for (const [at, { instruction }] of rows.entries()) {
    const before = places.get(instruction);
    if (before === undefined) places.set(instruction, at);
    else twice.push(`row ${at + 1} has the instruction of row ${before + 1}: "${instruction.slice(0, 60)}"`);
  }
  const more = twice.length > NAMED ? [`and ${twice.length - NAMED} more duplicate instructions`] : [];
  return [...twice.slice(0, NAMED), ...more];
}
