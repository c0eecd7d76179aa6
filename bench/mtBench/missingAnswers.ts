import { groupBy } from '../judge/groupBy.ts';
import type { MtBenchAnswer } from './readMtBenchAnswers.ts';
import type { MtBenchQuestion } from './readMtBenchQuestions.ts';

/** What a model has not answered. It counts nowhere: neither as a bad answer nor in a mean. */
export interface MissingAnswers {
  model: string;
  /** Turns of all questions. */
  expected: number;
  missing: { question: number; turn: 1 | 2 }[];
}

/** Turns without an answer, of the models that have some. */
export function missingAnswers(
  questions: ReadonlyMap<number, MtBenchQuestion>,
  answers: readonly MtBenchAnswer[],
): MissingAnswers[] {
  const all = Array.from(questions.values(), ({ question_id: question, turns }) =>
    turns.map((_, at) => ({ question, turn: at === 0 ? (1 as const) : (2 as const) })),
  ).flat();
  return Array.from(
    groupBy(answers, ({ model }) => model),
    ([model, own]) => {
      const known = new Set(own.map(({ question, turn }) => `${question}/${turn}`));
      const missing = all.filter(({ question, turn }) => !known.has(`${question}/${turn}`));
      return { model, expected: all.length, missing };
    },
  ).filter(({ missing }) => missing.length > 0);
}
