import { UserError } from '../../src/base/userError.ts';
import type { FoldLayout } from './foldsOf.ts';
import { lengthControlledWinRate, type LengthControlled } from './lengthControlledWinRate.ts';
import type { Annotations } from './readAnnotations.ts';
import type { LengthPriorFile } from './readLengthPrior.ts';
import { mean, winRate, type WinRate } from './winRate.ts';

/** A row of AlpacaEval's leaderboard.csv, and what it was made of. */
export interface AlpacaEvalFigures extends WinRate {
  model: string;
  baseline: string;
  annotator: string | null;
  /** Of a leaderboard: `community` is what others than its authors ran. */
  mode: 'community';
  /** Mean length of the model's outputs in code points, cut to a whole number. */
  avg_length: number;
  /** Null when length control was not asked for. */
  length_controlled_winrate: number | null;
  lc_standard_error: number | null;
  lengthControl: LengthControlFigures | null;
  categories: ({ dataset: string } & WinRate)[];
  warnings: string[];
}

/** The model of length control. */
export interface LengthControlFigures extends Omit<LengthControlled, 'probabilities'> {
  method: 'v1' | 'noreg' | 'minimal';
  folds: FoldLayout;
}

export interface AlpacaEvalOptions {
  /** For `v1` and `noreg`. */
  prior?: LengthPriorFile | undefined;
  /** Default: `v1` with a prior, `none` without. */
  lengthControl?: 'v1' | 'noreg' | 'minimal' | 'none' | undefined;
  folds?: FoldLayout | undefined;
  /** The model's whole output file, when rows failed: their lengths count in avg_length. */
  outputs?: readonly string[];
}

/**
 * AlpacaEval's figures of one model from its annotations, by the names of leaderboard.csv, without asking a judge.
 *
 * @throws {UserError} when the prior belongs to other prompts or another baseline, or rows are in another order
 */
export function alpacaEvalFigures(annotations: Annotations, options: AlpacaEvalOptions = {}): AlpacaEvalFigures {
  const { rows, model, baseline, annotator } = annotations;
  const { prior, folds = 'stable', lengthControl: method = prior ? 'v1' : 'none' } = options;
  const preferences = rows.map(({ preference }) => preference);
  const lengths = rows.map(({ output_2 }) => codePoints(output_2));
  const figures = winRate(preferences);
  const baselineLengths = rows.map(({ output_1 }) => codePoints(output_1));
  if (prior && method !== 'minimal' && method !== 'none') checkPrior(prior, baselineLengths);
  // A model against itself has 50 by definition, and nothing to fit.
  const same = model === baseline;
  const controlled =
    method === 'none' || same
      ? null
      : lengthControlledWinRate(
          { preferences, modelLengths: lengths, baselineLengths },
          { method, folds, ...(prior ? { prior: prior.prior } : {}) },
        );
  const bySelf = same && method !== 'none';
  const unchecked = prior?.baselineLengths === null && controlled !== null && method !== 'minimal';
  return {
    model,
    baseline,
    annotator,
    ...figures,
    mode: 'community',
    avg_length: Math.trunc(mean(options.outputs?.map(codePoints) ?? lengths)),
    length_controlled_winrate: bySelf ? 50 : (controlled?.length_controlled_winrate ?? null),
    lc_standard_error: bySelf ? 0 : (controlled?.lc_standard_error ?? null),
    lengthControl: controlled ? describe(controlled, method as LengthControlFigures['method'], folds) : null,
    categories: categoriesOf(annotations),
    warnings: [
      ...annotations.warnings,
      ...(unchecked ? ['the prior does not tell the baseline’s lengths: rows are taken to stand in its order'] : []),
      ...(controlled ? lengthWarnings(figures, controlled, method) : []),
    ],
  };
}

function describe(
  { length_controlled_winrate, lc_standard_error, weights, C, cIndex }: LengthControlled,
  method: LengthControlFigures['method'],
  folds: FoldLayout,
): LengthControlFigures {
  return { method, folds, length_controlled_winrate, lc_standard_error, weights, C, cIndex };
}

/** Unicode code points of a text, as Python counts its length. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    const low = text.charCodeAt(i);
    const high = text.charCodeAt(i - 1);
    if (low >= 0xdc00 && low < 0xe000 && high >= 0xd800 && high < 0xdc00) count--;
  }
  return count;
}

/** A difficulty belongs to a position, so that rows must be the evaluation set's own, in its order; some may be missing. */
function checkPrior({ baselineLengths: known }: LengthPriorFile, found: readonly number[]): void {
  if (known === null) return;
  let at = 0;
  for (const length of known) if (length === found[at]) at++;
  if (at === found.length) return;
  throw new UserError(
    'lengthPrior.otherRows',
    `length control: expected the prompts and the baseline of the prior, in its order, found another baseline output in row ` +
      `${at + 1} (${found[at]} characters). Sort the rows as the evaluation set has them, give the prior of these prompts, ` +
      'or use the method "minimal", whose figures cannot be compared with the leaderboard\'s.',
  );
}

function categoriesOf({ rows }: Annotations): AlpacaEvalFigures['categories'] {
  const groups = new Map<string, (number | null)[]>();
  for (const { dataset = 'none', preference } of rows) {
    const group = groups.get(dataset);
    if (group) group.push(preference);
    else groups.set(dataset, [preference]);
  }
  return Array.from(groups, ([dataset, preferences]) => ({ dataset, ...winRate(preferences) }));
}

/** What alpaca_eval warns of, and what cannot be compared. */
function lengthWarnings({ win_rate: raw }: WinRate, controlled: LengthControlled, method: string): string[] {
  const { length_controlled_winrate: value } = controlled;
  const low = Math.min(raw - raw / 4, raw - 10);
  const high = Math.max(raw + (100 - raw) / 4, raw + 10);
  const far = value < low || value > high;
  return [
    ...(method === 'v1' ? [] : [`length control "${method}" cannot be compared with the leaderboard's`]),
    ...(far
      ? [`the length-controlled win rate (${value.toFixed(2)}) is far from the win rate (${raw.toFixed(2)})`]
      : []),
  ];
}
