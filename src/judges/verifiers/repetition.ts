import type { Verifier } from '../judge.ts';
import { createVerifier } from './createVerifier.ts';
import { wordsOf } from './length.ts';

/**
 * Scores an answer by how little it repeats itself: the number of different runs of `n` words over the number of runs, case
 * aside. 1 without repetition, and for answers shorter than that.
 */
export function createRepetitionVerifier({ n = 4 }: { n?: number } = {}): Verifier {
  if (!(Number.isInteger(n) && n >= 1)) {
    throw new RangeError(`createRepetitionVerifier: n must be a positive integer, got ${n}.`);
  }
  return createVerifier({
    id: `repetition, runs of ${n} words`,
    check: ({ answer }) => {
      const words = wordsOf(answer.toLowerCase());
      const runs = words.slice(n - 1).map((_, i) => words.slice(i, i + n).join(' '));
      return runs.length === 0 ? 1 : new Set(runs).size / runs.length;
    },
  });
}
