import { UserError } from '../../src/base/userError.ts';
import { randomStream } from '../../src/base/seed.ts';
import { bootstrapInterval, type Interval } from './bootstrapInterval.ts';
import type { Annotations } from './readAnnotations.ts';
import { mean, modelShare } from './winRate.ts';

/** Two models against the same baseline, on the prompts that both have a preference for. */
export interface ModelComparison {
  models: [string, string];
  /** Prompts compared. */
  rows: number;
  /** Prompts that only one of them has, or whose annotation failed for either. */
  left: number;
  /** Win rate of the first less that of the second, in percentage points. */
  difference: number;
  interval: Interval;
  /** Of the two-sided sign-flip test that both are equally good. */
  pValue: number;
}

const FLIPS = 10_000;

/**
 * Compares the win rates of two models prompt by prompt, which tells smaller differences than their two intervals.
 *
 * @throws {UserError} when baselines or annotators differ, or no prompt is shared
 * @see Good 2005, "Permutation, Parametric and Bootstrap Tests of Hypotheses", section 3.7 (matched pairs)
 */
export function compareModels(a: Annotations, b: Annotations, { seed }: { seed: number | string }): ModelComparison {
  const unlike = (['baseline', 'annotator'] as const).filter((key) => a[key] !== b[key]);
  if (unlike.length > 0) {
    const found = unlike.map((key) => `the ${key}s "${a[key]}" and "${b[key]}"`).join(' and ');
    throw new UserError(
      'annotations.unlike',
      `${a.model} and ${b.model}: expected annotations against one baseline by one annotator, found ${found}. Annotate both alike.`,
    );
  }
  const shares = new Map(b.rows.map(({ instruction, preference }) => [instruction, modelShare(preference)]));
  const differences = a.rows.flatMap(({ instruction, preference }) => {
    const [own, other] = [modelShare(preference), shares.get(instruction) ?? null];
    return own === null || other === null ? [] : [own - other];
  });
  if (differences.length === 0) {
    throw new UserError(
      'annotations.disjoint',
      `${a.model} and ${b.model}: expected annotations of the same prompts, found none shared. Annotate both on one set.`,
    );
  }
  const prompts = new Set([...a.rows, ...b.rows].map(({ instruction }) => instruction));
  return {
    models: [a.model, b.model],
    rows: differences.length,
    left: prompts.size - differences.length,
    difference: 100 * mean(differences),
    interval: bootstrapInterval(differences.length, (rows) => 100 * mean(rows.map((row) => differences[row]!)), {
      seed,
    }),
    pValue: signFlipTest(differences, seed),
  };
}

/** Share of random signs whose mean is at least as far from 0 as the one found, which counts as one of them. */
function signFlipTest(differences: readonly number[], seed: number | string): number {
  const random = randomStream(seed, 'signFlip');
  const found = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  // Sums of the same numbers in another order of signs may differ by rounding.
  const tolerance = 1e-12 * differences.length;
  let asFar = 1;
  for (let flip = 0; flip < FLIPS; flip++) {
    let sum = 0;
    for (const difference of differences) sum += random.uniform() < 0.5 ? difference : -difference;
    if (Math.abs(sum) >= found - tolerance) asFar++;
  }
  return asFar / (FLIPS + 1);
}
