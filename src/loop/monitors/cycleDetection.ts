import { cyclicTriples } from '../../judges/aggregate/cyclicTriples.ts';
import type { PreferenceMatrix } from '../../judges/aggregate/preferenceMatrix.ts';

/** Iterates that beat one another in a circle. */
export interface CycleDetection {
  /** Share of the triples that are cyclic, as `cyclicTriples`; NaN where no triple is known. */
  share: number;
  /** The cyclic triples, each as a beats b, b beats c, c beats a, the earliest iterate first. */
  cycles: [a: number, b: number, c: number][];
}

/**
 * Looks for circles among the iterates of a run, which self-play against an intransitive judge can turn in for ever.
 *
 * @param winRates entry [i][j] is the win rate of iterate i over iterate j, null where it is not known. Chance makes
 *   circles too: put null where the interval of a win rate holds 1/2.
 *
 * @example cycleDetection([[0.5, 0.9, 0.2], [0.1, 0.5, 0.9], [0.8, 0.1, 0.5]]) // { share: 1, cycles: [[0, 1, 2]] }
 */
export function cycleDetection(winRates: PreferenceMatrix): CycleDetection {
  const cycles: CycleDetection['cycles'] = [];
  const beats = (i: number, j: number): boolean => (winRates[i]![j] ?? 0.5) > 0.5;
  const closes = (a: number, b: number, c: number): boolean => beats(a, b) && beats(b, c) && beats(c, a);
  for (let i = 0; i < winRates.length; i++) {
    for (let j = i + 1; j < winRates.length; j++) {
      for (let k = j + 1; k < winRates.length; k++) {
        if (closes(i, j, k)) cycles.push([i, j, k]);
        else if (closes(i, k, j)) cycles.push([i, k, j]);
      }
    }
  }
  return { share: cyclicTriples(winRates), cycles };
}
