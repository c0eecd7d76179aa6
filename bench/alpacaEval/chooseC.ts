import { UserError } from '../../src/base/userError.ts';
import { foldsOf, type FoldLayout } from './foldsOf.ts';
import { l1LogisticRegression } from './l1LogisticRegression.ts';

/** Rows with a soft target: features [features][rows], q in [0, 1] and a weight for each row. */
export interface SoftRows {
  columns: readonly Float64Array[];
  targets: Float64Array;
  weights: Float64Array;
}

/** The grid of scikit-learn's `LogisticRegressionCV(Cs=10)`: 1e-4 to 1e4. */
export const C_GRID: readonly number[] = Array.from({ length: 10 }, (_, k) => 10 ** (-4 + (8 * k) / 9));

/** What NumPy's `RandomState(123).randint(2**31 - 1)` draws; the k-th C is fitted with the k-th. */
const SEEDS = [
  843828734, 914636141, 1228959102, 1840268610, 974319580, 819844194, 220395238, 941243409, 942612051, 2109339754,
] as const;
const FOLDS = 5;
/** scikit-learn keeps probabilities this far from 0 and 1. */
const CLIP = 1e-15;

/** The choice of C by cross-validation, and the fit of all rows with it. */
export interface ChosenC {
  index: number;
  C: number;
  /** Sum over folds of the mean weighted log-likelihood of the rows left out, for each C. */
  scores: number[];
  weights: Float64Array;
}

/** Fits rows with one C of the grid, as the refit after cross-validation does. */
export function fitAt(rows: SoftRows, index: number): Float64Array {
  return fit(rows, all(rows), index, SEEDS[0]);
}

/**
 * L1-regularized logistic regression with C from {@link C_GRID} by 5-fold cross-validation, as scikit-learn's
 * `LogisticRegressionCV(penalty='l1', solver='liblinear', fit_intercept=False, cv=GroupKFold(5), random_state=123)` on rows
 * doubled into (y = 1, weight q) and (y = 0, weight 1 - q).
 *
 * @throws {UserError} for fewer rows than folds
 */
export function chooseC(rows: SoftRows, layout: FoldLayout): ChosenC {
  if (rows.targets.length < FOLDS) {
    throw new UserError(
      'lengthControl.fewRows',
      `length control: expected at least ${FOLDS} rows with a preference for cross-validation, found ` +
        `${rows.targets.length}. Annotate more, or leave length control out (--lc none).`,
    );
  }
  const folds = foldsOf(rows.targets.length, FOLDS, layout);
  const scores = C_GRID.map(() => 0);
  for (let fold = 0; fold < FOLDS; fold++) {
    const kept = all(rows).filter((row) => folds[row] !== fold);
    const left = all(rows).filter((row) => folds[row] === fold);
    for (const k of C_GRID.keys()) scores[k]! += meanLogLikelihood(rows, left, fit(rows, kept, k, SEEDS[k]!));
  }
  const index = scores.indexOf(Math.max(...scores));
  return { index, C: C_GRID[index]!, scores, weights: fitAt(rows, index) };
}

function all({ targets }: SoftRows): number[] {
  return Array.from(targets.keys());
}

function fit({ columns, targets, weights }: SoftRows, rows: readonly number[], k: number, seed: number): Float64Array {
  const doubled = [...rows, ...rows];
  return l1LogisticRegression(
    {
      columns: columns.map((column) => Float64Array.from(doubled, (row) => column[row]!)),
      labels: Uint8Array.from(doubled, (_, at) => (at < rows.length ? 1 : 0)),
      weights: Float64Array.from(doubled, (row, at) => {
        const q = targets[row]!;
        return weights[row]! * (at < rows.length ? q : 1 - q);
      }),
    },
    { C: C_GRID[k]!, seed },
  );
}

function meanLogLikelihood(rows: SoftRows, at: readonly number[], w: Float64Array): number {
  let sum = 0;
  for (const row of at) {
    const p = Math.min(Math.max(probability(rows.columns, w, row), CLIP), 1 - CLIP);
    const q = rows.targets[row]!;
    sum += rows.weights[row]! * (q * Math.log(p) + (1 - q) * Math.log(1 - p));
  }
  return sum / at.length;
}

function probability(columns: readonly Float64Array[], w: Float64Array, row: number): number {
  const logit = columns.reduce((sum, column, j) => sum + column[row]! * w[j]!, 0);
  return 1 / (1 + Math.exp(-logit));
}
