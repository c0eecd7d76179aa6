import type { ScoringJudge } from '../../../src/judges/judge.ts';

/** Scores of answers to one question, or their errors. */
export async function scoresOf(judge: ScoringJudge, ...answers: string[]): Promise<(number | string)[]> {
  const prompt = [{ role: 'user', content: 'q' }];
  const scores = await judge.score(answers.map((answer, i) => ({ id: String(i), prompt, answer })));
  return scores.map(({ score, error }) => score ?? error!);
}
