import type { PreferenceMatrix } from './preferenceMatrix.ts';

/**
 * The share of triples of answers that go in a circle (a beats b, b beats c, c beats a), among those of which all three
 * preferences are known; NaN where there is none. No score of single answers can express such preferences.
 *
 * Random preferences have a share of 1/4; a tie closes no circle.
 */
export function cyclicTriples(matrix: PreferenceMatrix): number {
  let [cyclic, known] = [0, 0];
  for (let i = 0; i < matrix.length; i++) {
    for (let j = i + 1; j < matrix.length; j++) {
      for (let k = j + 1; k < matrix.length; k++) {
        const [ij, jk, ki] = [matrix[i]![j]!, matrix[j]![k]!, matrix[k]![i]!];
        if (ij === null || jk === null || ki === null) continue;
        known += 1;
        const signs = Math.sign(ij - 0.5) + Math.sign(jk - 0.5) + Math.sign(ki - 0.5);
        if (Math.abs(signs) === 3) cyclic += 1;
      }
    }
  }
  return cyclic / known;
}
