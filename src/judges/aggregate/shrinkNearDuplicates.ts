import type { PreferenceMatrix } from './preferenceMatrix.ts';

export interface ShrinkOptions {
  /** Similarity from which on answers count as alike. Default 0.8. */
  from?: number;
  /** Length of the runs of words that are compared. Default 3. */
  n?: number;
}

/**
 * Draws the preference between answers that hardly differ towards a tie, so that no pair is made of noise: from similarity
 * `from` on in a straight line, down to 1/2 for equal ones.
 *
 * The similarity of two answers is the share that their runs of `n` words have in common (Jaccard), case aside.
 *
 * @param texts the answers, in the order of the matrix
 */
export function shrinkNearDuplicates(
  matrix: PreferenceMatrix,
  texts: readonly string[],
  { from = 0.8, n = 3 }: ShrinkOptions = {},
): (number | null)[][] {
  const runs = texts.map((text) => runsOf(text, n));
  return matrix.map((row, i) =>
    row.map((p, j) => {
      if (p === null) return null;
      const similarity = texts[i] === texts[j] ? 1 : jaccard(runs[i]!, runs[j]!);
      const kept = similarity <= from ? 1 : (1 - similarity) / (1 - from);
      return 0.5 + (p - 0.5) * kept;
    }),
  );
}

/** Runs of `n` words; all words as one run where there are fewer. */
function runsOf(text: string, n: number): Set<string> {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length < n) return new Set([words.join(' ')]);
  return new Set(words.slice(n - 1).map((_, i) => words.slice(i, i + n).join(' ')));
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((run) => b.has(run)).length;
  return shared / (a.size + b.size - shared);
}
