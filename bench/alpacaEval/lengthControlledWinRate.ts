import { UserError } from '../../src/base/userError.ts';
import { C_GRID, chooseC, fitAt, type SoftRows } from './chooseC.ts';
import type { FoldLayout } from './foldsOf.ts';
import { mean, modelShare, standardDeviation } from './winRate.ts';

/** The strength of the rows of gamed baselines together. */
const LAMBDA = 0.2;

/** What the model of length control knows beforehand: one set of prompts, one baseline, one judge. */
export interface LengthPrior {
  /** How hard each prompt is for the baseline, by the row of the evaluation set. */
  instructionDifficulty: Float64Array;
  /**
   * The baseline asked to be verbose, and to be concise, judged against itself: the length term, the difficulty and the
   * judge's preference of each row.
   */
  gamed: readonly { lengthTerms: Float64Array; difficulties: Float64Array; preferences: Float64Array }[];
}

/** A model's annotations against a baseline, in the order of the evaluation set. */
export interface AnnotatedLengths {
  /** On AlpacaEval's scale, 1 to 2; null for a failed annotation. */
  preferences: readonly (number | null)[];
  /** Length of the model's output of each row, in Unicode code points. */
  modelLengths: readonly number[];
  baselineLengths: readonly number[];
}

export interface LengthControlOptions {
  /** `v1` as on the leaderboard; `noreg` without the gamed baselines; `minimal` without anything known beforehand. */
  method?: 'v1' | 'noreg' | 'minimal';
  /** Needed by all methods but `minimal`. */
  prior?: LengthPrior;
  /** How cross-validation deals rows to folds. Default `stable`. */
  folds?: FoldLayout;
  /** Index into the grid of C instead of cross-validation. */
  cIndex?: number;
}

/** The length-controlled win rate and the model behind it. */
export interface LengthControlled {
  /** In percent. */
  length_controlled_winrate: number;
  /** In percent: the spread of the fitted probabilities over rows, not a sampling error of the win rate. */
  lc_standard_error: number;
  /** Weights of the length term, the difficulty (0 for `minimal`) and the model. */
  weights: { length: number; difficulty: number; model: number };
  C: number;
  cIndex: number;
  /** Probability that the model wins at equal lengths, for each row (`glm_preference` less 1). */
  probabilities: Float64Array;
}

/**
 * The win rate that a model would have if its outputs were as long as the baseline's: a logistic model of the judge's
 * preference, with the length term set to zero.
 *
 *   P_i = sigmoid(w_len tanh((len1_i - len2_i) / s) + w_dif d_i + w_mod),  s = sd of len1 - len2
 *   LC = 100 mean_i sigmoid(w_dif d_i + w_mod)
 *
 * fitted with an L1 penalty, and for `v1` with the gamed baselines of the prior beside the model's own rows. Rows without
 * a preference are predicted and not fitted. A difficulty belongs to the position of a row.
 *
 * @throws {UserError} when the prior is missing or has another number of rows, or no row has a preference
 * @see Dubois et al. 2024, arXiv:2404.04475, Eq. (2), and alpaca_eval, `metrics/glm_winrate.py`
 */
export function lengthControlledWinRate(rows: AnnotatedLengths, options: LengthControlOptions = {}): LengthControlled {
  const { method = 'v1', prior, folds = 'stable', cIndex } = options;
  const count = rows.preferences.length;
  const known = method === 'minimal' ? undefined : requirePrior(prior, count, method);
  const terms = lengthTerms(rows.baselineLengths, rows.modelLengths);
  const shares = rows.preferences.map(modelShare);
  const fitted = Array.from(shares.keys()).filter((row) => shares[row] !== null);
  if (fitted.length === 0) {
    throw new UserError(
      'lengthControl.noPreferences',
      `length control: expected rows with a preference in [1, 2], found none of ${count}. Annotate them again.`,
    );
  }
  const gamed = method === 'v1' ? known!.gamed : [];
  const column = (own: (row: number) => number, other: (set: LengthPrior['gamed'][number]) => ArrayLike<number>) =>
    Float64Array.from([...gamed.flatMap((set) => Array.from(other(set))), ...fitted.map(own)]);
  const difficulty = (row: number): number => known!.instructionDifficulty[row]!;
  const soft: SoftRows = {
    columns: [
      column(
        (row) => terms[row]!,
        (set) => set.lengthTerms,
      ),
      ...(known ? [column(difficulty, (set) => set.difficulties)] : []),
      column(
        () => 1,
        (set) => set.preferences.map(() => 0),
      ),
    ],
    targets: column(
      (row) => shares[row]!,
      (set) => set.preferences,
    ),
    weights: column(
      () => 1,
      (set) => set.preferences.map(() => LAMBDA / gamed.length),
    ),
  };
  const chosen = cIndex === undefined ? chooseC(soft, folds) : { index: cIndex, weights: fitAt(soft, cIndex) };
  const weights = {
    length: chosen.weights[0]!,
    difficulty: known ? chosen.weights[1]! : 0,
    model: chosen.weights.at(-1)!,
  };
  const probabilities = Float64Array.from({ length: count }, (_, row) => {
    const logit = (known ? weights.difficulty * difficulty(row) : 0) + weights.model;
    return 1 / (1 + Math.exp(-logit));
  });
  return {
    length_controlled_winrate: 100 * mean(probabilities),
    lc_standard_error: (100 * standardDeviation(probabilities)) / Math.sqrt(count),
    weights,
    C: C_GRID[chosen.index]!,
    cIndex: chosen.index,
    probabilities,
  };
}

/** tanh of the length differences in units of their standard deviation; 0 where all are equal. */
export function lengthTerms(baseline: readonly number[], model: readonly number[]): Float64Array {
  const differences = baseline.map((length, row) => length - model[row]!);
  const spread = standardDeviation(differences);
  return Float64Array.from(differences, (difference) => (spread > 0 ? Math.tanh(difference / spread) : 0));
}

function requirePrior(prior: LengthPrior | undefined, rows: number, method: string): LengthPrior {
  if (prior && prior.instructionDifficulty.length >= rows) return prior;
  const found = prior ? `one of ${prior.instructionDifficulty.length} rows` : 'none';
  throw new UserError(
    'lengthControl.prior',
    `length control: "${method}" needs the prior of an evaluation set of at least ${rows} rows, found ${found}. Give the ` +
      `prior of these prompts, or use "minimal", whose figures cannot be compared with the leaderboard's.`,
  );
}
