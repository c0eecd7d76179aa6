import { readRows } from 'nashtune/datasets';
import { z } from 'zod';

import { listProblems, schemaProblems } from '../../datasets/listProblems.ts';
import { UserError } from '../../src/base/userError.ts';
import type { PairGrade, SingleGrade } from './mtBenchFigures.ts';

const turn = z.union([z.literal(1), z.literal(2)]);
const single = z.looseObject({ question_id: z.number(), model: z.string(), score: z.number(), turn: turn.default(1) });
const pair = z.looseObject({
  question_id: z.number(),
  model_1: z.string(),
  model_2: z.string(),
  g1_winner: z.string(),
  g2_winner: z.string(),
  turn: turn.default(1),
});

/** MT-Bench's eight categories, ten questions each from number 81 on. */
const CATEGORIES = ['writing', 'roleplay', 'reasoning', 'math', 'coding', 'extraction', 'stem', 'humanities'];

/** Grades of one answer each and of pairs, and what is odd about them. */
export interface MtBenchJudgments {
  single: SingleGrade[];
  pairs: PairGrade[];
  warnings: string[];
}

/**
 * Reads FastChat's model_judgment files, gpt-4_single.jsonl and gpt-4_pair.jsonl. A score of -1 and the winner "error" are
 * no grade.
 *
 * @throws {UserError} when a row is neither, an answer is graded twice, or no row has a grade
 */
export async function readMtBenchJudgments(paths: readonly string[]): Promise<MtBenchJudgments> {
  const found: MtBenchJudgments = { single: [], pairs: [], warnings: [] };
  const problems: string[] = [];
  const seen = new Set<string>();
  const add = (where: string, names: readonly string[], question: number, turn: number): void => {
    const key = JSON.stringify([names, question, turn]);
    if (seen.has(key))
      problems.push(`${where}: question ${question}, turn ${turn} of ${names.join(' and ')} a second time`);
    seen.add(key);
  };
  for (const path of paths) {
    for await (const place of readRows(path)) {
      const where = `${path} ${place.at}`;
      if (!('row' in place)) {
        problems.push(`${where}: ${place.problem}`);
        continue;
      }
      const isPair = 'model_1' in place.row;
      const parsed = isPair ? pair.safeParse(place.row) : single.safeParse(place.row);
      if (!parsed.success) {
        problems.push(`${where}: ${schemaProblems(parsed.error).join('; ')}`);
      } else if ('score' in parsed.data) {
        const { model, question_id: question, turn, score } = parsed.data as z.infer<typeof single>;
        add(where, [model], question, turn);
        found.single.push({ model, question, category: categoryOf(question), turn, score: gradeOf(score) });
      } else {
        const { model_1, model_2, question_id: question, turn, ...games } = parsed.data;
        add(where, [model_1, model_2].sort(), question, turn);
        const winner = (name: string): string | null =>
          name === 'model_1' ? model_1 : name === 'model_2' ? model_2 : name === 'error' ? null : name;
        const winners = [winner(games.g1_winner), winner(games.g2_winner)] as const;
        const strange = winners.filter((name) => name !== null && ![model_1, model_2, 'tie'].includes(name));
        if (strange.length > 0) problems.push(`${where}: the winner "${strange[0]}" is neither model`);
        found.pairs.push({ models: [model_1, model_2], question, turn, winners });
      }
    }
  }
  const lost =
    found.single.filter(({ score }) => score === null).length +
    found.pairs.filter(({ winners }) => winners.includes(null)).length;
  const rows = found.single.length + found.pairs.length;
  if (problems.length > 0 || lost === rows) {
    throw new UserError(
      'mtBench.malformed',
      `Expected MT-Bench's judgments (question_id, model, score, turn; or model_1, model_2, g1_winner, g2_winner), found:\n` +
        `${listProblems(problems.length > 0 ? problems : ['no grade'])}\nMend the files.`,
    );
  }
  if (lost > 0) found.warnings.push(`${lost} of ${rows} judgments have no grade and count nowhere`);
  return found;
}

function gradeOf(score: number): number | null {
  return score >= 1 && score <= 10 ? score : null;
}

function categoryOf(question: number): string {
  return CATEGORIES[Math.floor((question - 81) / 10)] ?? 'other';
}
