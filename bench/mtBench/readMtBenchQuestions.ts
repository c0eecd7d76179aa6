import { z } from 'zod';

import { mtBenchRows } from './mtBenchRows.ts';

const question = z.looseObject({
  question_id: z.number(),
  category: z.string(),
  turns: z.array(z.string()).min(1).max(2),
});

/** A question of one or two turns. */
export type MtBenchQuestion = z.infer<typeof question>;

/** FastChat's `NEED_REF_CATS`. */
const REFERENCE_CATEGORIES: readonly string[] = ['math', 'reasoning', 'coding', 'arena-hard-200'];

/** Whether the judge sees a reference answer to it: in mathematics, reasoning and coding. */
export function needsReference({ category }: MtBenchQuestion): boolean {
  return REFERENCE_CATEGORIES.includes(category);
}

/** Reads MT-Bench's question.jsonl: questions by number. What is wrong with it joins the problems. */
export async function readMtBenchQuestions(path: string, problems: string[]): Promise<Map<number, MtBenchQuestion>> {
  const found = new Map<number, MtBenchQuestion>();
  for (const row of await mtBenchRows(path, question, problems)) {
    if (found.has(row.question_id)) problems.push(`${path}: question ${row.question_id} a second time`);
    found.set(row.question_id, row);
  }
  return found;
}
