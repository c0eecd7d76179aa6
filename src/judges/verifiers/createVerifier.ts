import { reasonOf } from '../../../datasets/listProblems.ts';
import { createScoringJudge } from '../createScoringJudge.ts';
import type { Answer, Judge, JudgeOptions, Score, Verifier } from '../judge.ts';

export interface VerifierOptions {
  /** Identifies the check, its settings included. */
  id: string;
  /** The score of an answer, true for 1 and false for 0. What it throws is the error of that answer alone. */
  check: (item: Answer) => number | boolean | Promise<number | boolean>;
  /** Of `compareByScores`. Default 0: the higher score wins for sure, equal scores tie. */
  temperature?: number;
  /** Columns of the prompts' rows that the check reads. Default: none. */
  columns?: Judge['columns'];
}

/** The score of a right answer. */
const PASS_MARK = 1;

/**
 * A judge that needs no model: a function scores each answer, and 1 or more is right.
 *
 * @example const judge = createVerifier({ id: 'polite', check: ({ answer }) => /please|thank/i.test(answer) });
 */
export function createVerifier({ id, check, temperature = 0, columns }: VerifierOptions): Verifier {
  const score = async (items: readonly Answer[], { signal, onProgress }: JudgeOptions = {}): Promise<Score[]> => {
    const scores: Score[] = [];
    for (const item of items) {
      signal?.throwIfAborted();
      scores.push(await scoreOf(item, check));
      onProgress?.(scores.length, items.length);
    }
    return scores;
  };
  return { ...createScoringJudge({ id: `verifier(${id})`, score, temperature }), columns, passMark: PASS_MARK };
}

async function scoreOf(item: Answer, check: VerifierOptions['check']): Promise<Score> {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  try {
    const score = Number(await check(item));
    if (Number.isFinite(score)) return { score, cost: { seconds: seconds() } };
    return { error: `the check gave ${score}`, cost: { seconds: seconds() } };
  } catch (error) {
    return { error: reasonOf(error), cost: { seconds: seconds() } };
  }
}
