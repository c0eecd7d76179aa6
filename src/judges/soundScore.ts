import type { Score } from './judge.ts';

/** A score that is a number; any other is turned into a failure. */
export function soundScore(answer: Score): Score {
  const { score, ...rest } = answer;
  if (Number.isFinite(score)) return answer;
  return { ...rest, error: answer.error ?? `the judge gave ${score} for a score` };
}
