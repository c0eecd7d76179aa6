import { z } from 'zod';

import { groupBy } from '../judge/groupBy.ts';
import { mtBenchRows } from './mtBenchRows.ts';
import { needsReference, type MtBenchQuestion } from './readMtBenchQuestions.ts';

const reference = z.looseObject({
  question_id: z.number(),
  choices: z.array(z.looseObject({ turns: z.array(z.string()).min(1) })).min(1),
});

/**
 * Reads MT-Bench's reference_answer file for the questions of mathematics, reasoning and coding; those to other questions
 * are left out, as FastChat leaves them out. What is wrong with it joins the problems.
 *
 * @returns the reference answers to all turns by the first question
 */
export async function readMtBenchReferences(
  path: string,
  questions: ReadonlyMap<number, MtBenchQuestion>,
  problems: string[],
): Promise<Map<string, string[]>> {
  const before = problems.length;
  const found = new Map<number, string[]>();
  for (const { question_id: id, choices } of await mtBenchRows(path, reference, problems)) {
    if (!questions.has(id)) problems.push(`${path}: a reference answer to question ${id}, which is not asked`);
    if (found.has(id)) problems.push(`${path}: a second reference answer to question ${id}`);
    found.set(id, choices[0]!.turns);
  }
  // Rows that cannot be read would make every question of theirs a problem of its own.
  if (problems.length > before) return new Map();
  const alike = groupBy([...questions.values()], ({ turns }) => turns[0]!);
  const needed = [...questions.values()].filter(needsReference);
  if (needed.length === 0)
    problems.push(`${path}: no question is of math, reasoning or coding, whose judge would see it`);
  const references = new Map<string, string[]>();
  for (const { question_id: id, category, turns } of needed) {
    const own = found.get(id);
    const others = alike.get(turns[0]!)!.length - 1;
    if (!own) problems.push(`${path}: no reference answer to question ${id}, of ${category}`);
    else if (own.length < turns.length)
      problems.push(`${path}: reference answers to ${own.length} of ${turns.length} turns of question ${id}`);
    if (others > 0)
      problems.push(`question ${id} begins as ${others} others do, so the judge cannot tell whose the reference is`);
    references.set(turns[0]!, own?.slice(0, turns.length) ?? []);
  }
  return references;
}
