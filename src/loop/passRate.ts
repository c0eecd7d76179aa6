import type { PromptRow, SampleRow } from '../../datasets/index.ts';
import type { Verifier } from '../judges/index.ts';
import { winRate, type WinRate } from '../world/winRate.ts';
import { answersTo } from './answersTo.ts';

/**
 * Share of answers that a verifier finds right, with its interval; those on which it failed do not count.
 *
 * @returns undefined when it failed on all
 */
export async function passRate(
  verifier: Pick<Verifier, 'score' | 'passMark'>,
  prompts: readonly PromptRow[],
  answers: readonly SampleRow[],
): Promise<WinRate | undefined> {
  const scores = await verifier.score(answersTo(prompts, answers));
  const known = scores.flatMap(({ score }) => (Number.isFinite(score) ? [score!] : []));
  return known.length === 0 ? undefined : winRate(known.map((score) => Number(score >= verifier.passMark)));
}
