import type { JudgeOptions, Score, ScoringJudge } from 'nashtune/judges';

import type { SingleGrade } from './mtBenchFigures.ts';
import type { MtBenchAnswer } from './readMtBenchAnswers.ts';

/** Grades of answers, and why there are none of the others. */
export interface GradedAnswers {
  single: SingleGrade[];
  errors: string[];
}

/** Asks a judge for the grade of each answer, behind its own conversation. Beyond 1 to 10 there is none. */
export async function gradeAnswers(
  judge: ScoringJudge,
  answers: readonly MtBenchAnswer[],
  options: JudgeOptions = {},
): Promise<GradedAnswers> {
  const items = answers.map(({ question, turn, prompt, answer }) => ({ id: `${question}/${turn}`, prompt, answer }));
  const grades = (await judge.score(items, options)).map(gradeOf);
  return {
    single: answers.map(({ model, question, category, turn }, at) => {
      return { model, question, category, turn, score: grades[at]!.score ?? null };
    }),
    errors: grades.flatMap(({ error }) => error ?? []),
  };
}

function gradeOf({ score, error }: Score): Pick<Score, 'score' | 'error'> {
  if (error !== undefined || score === undefined) return { error: error ?? 'no score' };
  return score >= 1 && score <= 10 ? { score } : { error: `the score ${score} is no grade from 1 to 10` };
}
