import type { Message } from 'nashtune/datasets';
import { z } from 'zod';

import { listProblems } from '../../datasets/listProblems.ts';
import { UserError } from '../../src/base/userError.ts';
import { missingAnswers, type MissingAnswers } from './missingAnswers.ts';
import { mtBenchRows } from './mtBenchRows.ts';
import { needsReference, readMtBenchQuestions, type MtBenchQuestion } from './readMtBenchQuestions.ts';
import { readMtBenchReferences } from './readMtBenchReferences.ts';

const answer = z.looseObject({
  question_id: z.number(),
  model_id: z.string(),
  choices: z.array(z.looseObject({ turns: z.array(z.string()).min(1).max(2) })).min(1),
});

/** An answer that waits for its judge. */
export interface MtBenchAnswer {
  model: string;
  question: number;
  category: string;
  turn: 1 | 2;
  /** The conversation up to this answer. */
  prompt: Message[];
  answer: string;
}

/** Paths of MT-Bench's files. */
export interface MtBenchFiles {
  questions: string;
  answers: readonly string[];
  /** Such as reference_answer/gpt-4.jsonl. */
  references?: string | undefined;
}

export interface MtBenchAnswers {
  answers: MtBenchAnswer[];
  missing: MissingAnswers[];
  /** Reference answers to all turns by the first question, of the questions that have them; null without a file of them. */
  references: ReadonlyMap<string, readonly string[]> | null;
  /** Questions whose judge should see a reference answer, and does not. */
  unreferenced: number;
}

/**
 * Reads MT-Bench's question.jsonl, model_answer files (an answer to each turn of each question, the first choice), and the
 * reference answers.
 *
 * @throws {UserError} when a row is malformed, an answer or reference has no question or comes twice, or a question of
 *   mathematics, reasoning or coding has no reference among those given
 */
export async function readMtBenchAnswers({ questions, answers, references }: MtBenchFiles): Promise<MtBenchAnswers> {
  const problems: string[] = [];
  const asked = await readMtBenchQuestions(questions, problems);
  const found: MtBenchAnswer[] = [];
  const seen = new Set<string>();
  for (const path of answers) {
    for (const { question_id: id, model_id: model, choices } of await mtBenchRows(path, answer, problems)) {
      const about = asked.get(id);
      const { turns } = choices[0]!;
      const key = JSON.stringify([model, id]);
      if (!about) problems.push(`${path}: ${questions} has no question ${id}`);
      else if (turns.length > about.turns.length)
        problems.push(`${path}: ${turns.length} turns in an answer of ${model} to question ${id}, which has one`);
      else if (seen.has(key)) problems.push(`${path}: a second answer of ${model} to question ${id}`);
      else found.push(...turnsOf(about, model, turns));
      seen.add(key);
    }
  }
  const right = references === undefined ? null : await readMtBenchReferences(references, asked, problems);
  if (problems.length > 0 || found.length === 0) {
    throw new UserError(
      'mtBench.answers',
      `--questions, --answers and --references: expected MT-Bench's question.jsonl, model_answer and reference_answer ` +
        `files, found:\n${listProblems(problems.length > 0 ? problems : ['no answer'])}\nGive the files of one set of ` +
        'questions.',
    );
  }
  const needing = [...asked.values()].filter(needsReference);
  return {
    answers: found,
    missing: missingAnswers(asked, found),
    references: right,
    unreferenced: right ? 0 : needing.length,
  };
}

function turnsOf({ question_id, category, turns }: MtBenchQuestion, model: string, texts: string[]): MtBenchAnswer[] {
  return texts.map((text, at) => ({
    model,
    question: question_id,
    category,
    turn: at === 0 ? 1 : 2,
    prompt: texts
      .slice(0, at + 1)
      .flatMap((earlier, turn): Message[] => [
        { role: 'user', content: turns[turn]! },
        ...(turn < at ? [{ role: 'assistant', content: earlier }] : []),
      ]),
    answer: text,
  }));
}
