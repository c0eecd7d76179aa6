import { readRows, type Message } from 'nashtune/datasets';
import { z } from 'zod';

import { listProblems, schemaProblems } from '../../datasets/listProblems.ts';
import { UserError } from '../../src/base/userError.ts';

const question = z.looseObject({
  question_id: z.number(),
  category: z.string(),
  turns: z.array(z.string()).min(1).max(2),
});
const answer = z.looseObject({
  question_id: z.number(),
  model_id: z.string(),
  choices: z.array(z.looseObject({ turns: z.array(z.string()).min(1).max(2) })).min(1),
});

/** An answer that waits for its grade. */
export interface UngradedAnswer {
  model: string;
  question: number;
  category: string;
  turn: 1 | 2;
  /** The conversation up to this answer. */
  prompt: Message[];
  answer: string;
}

/**
 * Reads MT-Bench's question.jsonl and model_answer files: an answer to each turn of each question, the first choice.
 *
 * @throws {UserError} when a row is malformed, or an answer has no question
 */
export async function readMtBenchAnswers(questions: string, answers: readonly string[]): Promise<UngradedAnswer[]> {
  const problems: string[] = [];
  const asked = new Map((await rowsOf(questions, question, problems)).map((row) => [row.question_id, row]));
  const found: UngradedAnswer[] = [];
  for (const path of answers) {
    for (const { question_id, model_id: model, choices } of await rowsOf(path, answer, problems)) {
      const about = asked.get(question_id);
      if (!about) problems.push(`${path}: ${questions} has no question ${question_id}`);
      const prompt: Message[] = [];
      for (const [at, text] of choices[0]!.turns.entries()) {
        prompt.push({ role: 'user', content: about?.turns[at] ?? '' });
        const turn = at === 0 ? 1 : 2;
        found.push({
          model,
          question: question_id,
          category: about?.category ?? '',
          turn,
          prompt: [...prompt],
          answer: text,
        });
        prompt.push({ role: 'assistant', content: text });
      }
    }
  }
  if (problems.length === 0 && found.length > 0) return found;
  throw new UserError(
    'mtBench.answers',
    `--questions and --answers: expected MT-Bench's question.jsonl and model_answer files, found:\n` +
      `${listProblems(problems.length > 0 ? problems : ['no answer'])}\nGive the files of one set of questions.`,
  );
}

async function rowsOf<Row>(path: string, schema: z.ZodType<Row>, problems: string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const place of readRows(path)) {
    const parsed = 'row' in place ? schema.safeParse(place.row) : undefined;
    if (parsed?.success) rows.push(parsed.data);
    else {
      const found = parsed ? schemaProblems(parsed.error) : 'problem' in place ? [place.problem] : [];
      problems.push(`${path} ${place.at}: ${found.join('; ')}`);
    }
  }
  return rows;
}
