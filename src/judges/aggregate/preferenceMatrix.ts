/** Entry [i][j] is the probability that answer i beats answer j, 1/2 on the diagonal; null where it is not known. */
export type PreferenceMatrix = readonly (readonly (number | null)[])[];

/** A judgment about answers i and j. */
export interface IndexedVerdict {
  i: number;
  j: number;
  /** The probability that i beats j; missing where the judge failed. */
  pFirst?: number | undefined;
}

/**
 * The preferences among `size` answers: P[i][j] + P[j][i] = 1. What is told several times or in both orders is averaged.
 *
 * @throws {RangeError} for an answer that is not among them, one against itself, or a value that is no probability
 */
export function preferenceMatrix(size: number, verdicts: readonly IndexedVerdict[]): (number | null)[][] {
  const sums = Array.from({ length: size }, () => Array.from({ length: size }, () => ({ sum: 0, count: 0 })));
  for (const { i, j, pFirst } of verdicts) {
    const among = [i, j].every((at) => Number.isInteger(at) && at >= 0 && at < size);
    if (!among || i === j)
      throw new RangeError(`preferenceMatrix: no comparison of ${i} and ${j} among ${size} answers.`);
    if (pFirst === undefined) continue;
    if (!(pFirst >= 0 && pFirst <= 1)) {
      throw new RangeError(`preferenceMatrix: ${i} against ${j}: ${pFirst} is no probability.`);
    }
    const [low, high, p] = i < j ? [i, j, pFirst] : [j, i, 1 - pFirst];
    const cell = sums[low]![high]!;
    cell.sum += p;
    cell.count += 1;
  }
  const known = (i: number, j: number): number | null => {
    const { sum, count } = sums[i]![j]!;
    return count === 0 ? null : sum / count;
  };
  return sums.map((row, i) =>
    row.map((_, j) => {
      if (i === j) return 0.5;
      if (i < j) return known(i, j);
      const mirrored = known(j, i);
      return mirrored === null ? null : 1 - mirrored;
    }),
  );
}
