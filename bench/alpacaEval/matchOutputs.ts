import { UserError } from '../../src/base/userError.ts';
import type { ModelOutput, ModelOutputs } from './readModelOutputs.ts';

/** An instruction with the outputs of baseline and model, in the order of the baseline. */
export interface MatchedOutputs {
  instruction: string;
  dataset: string | undefined;
  baseline: string;
  model: string;
}

/** Which rows of two output files belong together, and which do not. */
export interface OutputMatch {
  matched: MatchedOutputs[];
  /** What does not belong together or was read anew, each with a count. */
  warnings: string[];
}

export interface MatchOptions {
  /** Matches no more than this many of the baseline's instructions: the first ones. Default: all. */
  first?: number | undefined;
}

const NAMED = 3;

/**
 * Pairs the outputs of a model with those of a baseline by instruction. Instructions that differ in white space alone are
 * the same; outputs that are null are left out.
 *
 * @throws {UserError} when no instruction is shared
 */
export function matchOutputs(
  model: ModelOutputs,
  baseline: ModelOutputs,
  { first = Infinity }: MatchOptions = {},
): OutputMatch {
  const exact = new Map(model.rows.map((row) => [row.instruction, row]));
  const loose = new Map(model.rows.map((row) => [squeezed(row.instruction), row]));
  const used = new Set<ModelOutput>();
  const [missing, spaced, empty]: [string[], string[], string[]] = [[], [], []];
  const matched: MatchedOutputs[] = [];
  const all = baseline.rows.length;
  const asked = Math.min(first, all);
  for (const [at, { instruction, output, dataset }] of baseline.rows.entries()) {
    const own = exact.get(instruction) ?? loose.get(squeezed(instruction));
    if (at >= asked) {
      if (own) used.add(own);
      continue;
    }
    if (!own || used.has(own)) {
      missing.push(instruction);
      continue;
    }
    used.add(own);
    if (own.instruction !== instruction) spaced.push(instruction);
    if (own.output === null || output === null) empty.push(instruction);
    else matched.push({ instruction, dataset, baseline: output, model: own.output });
  }
  const foreign = model.rows.filter((row) => !used.has(row)).map(({ instruction }) => instruction);
  if (matched.length === 0) {
    throw new UserError(
      'outputs.disjoint',
      `${model.generator}: expected outputs for the instructions of "${baseline.generator}", found none of its ` +
        `${asked}; the first of the model is "${shown(model.rows[0]!.instruction)}", of the baseline ` +
        `"${shown(baseline.rows[0]!.instruction)}". Answer the baseline's instructions.`,
    );
  }
  const note = (list: readonly string[], what: string): string[] =>
    list.length === 0
      ? []
      : [
          `${list.length} ${what}: ${list
            .slice(0, NAMED)
            .map((text) => `"${shown(text)}"`)
            .join(', ')}`,
        ];
  return {
    matched,
    warnings: [
      ...(asked < all ? [`only the first ${asked} of ${all} instructions are judged`] : []),
      ...note(missing, `of ${asked} instructions have no output`),
      ...note(foreign, 'outputs answer other instructions and are left out'),
      ...note(empty, 'outputs are null and are left out'),
      ...note(spaced, 'instructions differ from the baseline’s in white space and are taken for the same'),
    ],
  };
}

function squeezed(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

function shown(text: string): string {
  return text.length > 50 ? `${text.slice(0, 50)}...` : text;
}
