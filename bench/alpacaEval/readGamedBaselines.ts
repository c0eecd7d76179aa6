import { readRows } from 'nashtune/datasets';
import { z } from 'zod';

import { listProblems, schemaProblems } from '../../datasets/listProblems.ts';
import { UserError } from '../../src/base/userError.ts';
import { groupBy } from '../judge/groupBy.ts';
import type { LengthPrior } from './lengthControlledWinRate.ts';

/** How far two tables of the same difficulties may be apart: they are written in decimals. */
const ROUNDING = 1e-6;

const number = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number());
const gamedRow = z.object({
  model: z.string(),
  index: number.pipe(z.number().int().min(0)),
  preference: number.pipe(z.number().min(0).max(1)),
  std_delta_len: number,
  instruction_difficulty: number,
});
type GamedRow = z.infer<typeof gamedRow>;
const difficultyRow = z.object({ instruction_difficulty: number });

/**
 * Reads a prior from AlpacaEval's own tables.
 *
 * `df_gamed.csv` holds the baseline asked to be verbose, and to be concise, judged against itself, row by row: model,
 * index, preference in [0, 1], std_delta_len (the difference of lengths in units of its standard deviation) and
 * instruction_difficulty. Everything that a fit needs is there; `instruction_difficulty.csv` repeats the difficulties and is
 * compared with them where it is given. Neither tells how long the baseline's outputs are.
 *
 * @throws {UserError} when a file is missing or lacks rows or numbers, all of them counted, or both disagree
 * @see alpaca_eval, `metrics/glm_winrate.py`
 */
export async function readGamedBaselines(gamedFile: string, difficultyFile?: string): Promise<LengthPrior> {
  const rows = await rowsOf(gamedFile, gamedRow);
  const models = groupBy(rows, ({ model }) => model);
  const instructionDifficulty = difficultiesOf(rows);
  const count = instructionDifficulty.length;
  const problems = Array.from(models).flatMap(([model, own]) => {
    const indices = new Set(own.map(({ index }) => index));
    const isWhole = own.length === count && indices.size === count;
    return isWhole ? [] : [`"${model}" has ${own.length} rows, and ${indices.size} of the indices 0 to ${count - 1}`];
  });
  if (models.size !== 2) problems.push(`${models.size} models, where a verbose and a concise one belong`);
  if (problems.length > 0) throw malformed(gamedFile, problems);
  if (difficultyFile !== undefined) {
    const other = await rowsOf(difficultyFile, difficultyRow);
    const apart = other.flatMap(({ instruction_difficulty: own }, row) =>
      Math.abs(own - (instructionDifficulty[row] ?? NaN)) <= ROUNDING
        ? []
        : [`row ${row + 1}: ${own}, where ${gamedFile} has ${instructionDifficulty[row] ?? 'no such row'}`],
    );
    if (other.length < count) apart.push(`${other.length} rows, where ${gamedFile} has ${count}`);
    if (apart.length > 0) throw malformed(difficultyFile, apart);
  }
  return {
    instructionDifficulty,
    // In the order of the file: cross-validation deals rows to folds by their places.
    gamed: Array.from(models.values(), (own) => ({
      lengthTerms: Float64Array.from(own, (row) => Math.tanh(row.std_delta_len)),
      difficulties: Float64Array.from(own, (row) => row.instruction_difficulty),
      preferences: Float64Array.from(own, (row) => row.preference),
    })),
  };
}

/** Of the first row of each index, as upstream takes them. */
function difficultiesOf(rows: readonly GamedRow[]): Float64Array {
  const first = new Map<number, number>();
  for (const { index, instruction_difficulty: difficulty } of rows) {
    if (!first.has(index)) first.set(index, difficulty);
  }
  return Float64Array.from({ length: first.size }, (_, index) => first.get(index) ?? NaN);
}

async function rowsOf<Row>(path: string, schema: z.ZodType<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  const problems: string[] = [];
  for await (const read of readRows(path)) {
    if (!('row' in read)) {
      problems.push(`${read.at}: ${read.problem}`);
      continue;
    }
    const parsed = schema.safeParse(read.row);
    if (parsed.success) rows.push(parsed.data);
    else problems.push(`${read.at}: ${schemaProblems(parsed.error).join('; ')}`);
  }
  if (rows.length === 0 && problems.length === 0) problems.push('no row');
  if (problems.length > 0) throw malformed(path, problems);
  return rows;
}

function malformed(path: string, problems: readonly string[]): UserError {
  return new UserError(
    'lengthPrior.malformed',
    `${path}: expected AlpacaEval's df_gamed.csv, and perhaps its instruction_difficulty.csv, found:\n${listProblems(problems)}\n` +
      'Fetch the files again.',
  );
}
