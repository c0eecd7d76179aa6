import { mean, standardDeviation } from '../alpacaEval/winRate.ts';
import { solveLinear } from '../games/solveLinear.ts';
import type { AnswerStyle } from './answerStyle.ts';
import type { Battle } from './battle.ts';

/** A battle and how both answers look. */
export interface StyledBattle extends Battle {
  style: AnswerStyle;
  baselineStyle: AnswerStyle;
}

export const STYLE_FEATURES = ['length', 'headers', 'lists', 'bold'] as const;

/** What is left of the models once style is taken out. */
export interface StyleControlled {
  /** Probability to beat the baseline in the style of the average battle, by model. */
  winRates: Record<string, number>;
  /** Change of the log-odds for one standard deviation more of each. */
  weights: Record<(typeof STYLE_FEATURES)[number], number>;
}

const STEPS = 50;
const CONVERGED = 1e-10;

/**
 * Arena-Hard's style control: Bradley-Terry with four covariates,
 *
 *   P(model wins) = sigmoid(s_model + sum over f of w_f z_f),  the baseline's strength being 0,
 *
 * with z the standardized differences: of lengths (a - b) / (a + b), and of the densities d = count / (length + 1) of
 * headers, lists and bold (d_a - d_b) / (d_a + d_b + 1). Fitted by cross-entropy on scores of 0, 1/2 and 1, to its optimum
 * by Newton's method, where Arena-Hard takes 50 steps of L-BFGS. A feature that is the same in all battles has weight 0.
 *
 * @param ridge strength of an L2 penalty that keeps a model that wins every battle finite
 * @see Li et al. 2024, arXiv:2406.11939; "Does style matter?" 2024, https://lmsys.org/blog/2024-08-28-style-control/;
 *   `utils/math_utils.py` and `show_result.py` of https://github.com/lmarena/arena-hard-auto
 */
export function styleControl(battles: readonly StyledBattle[], { ridge = 1e-6 } = {}): StyleControlled {
  const models = [...new Set(battles.map(({ model }) => model))];
  const features = standardized(battles.map(differences));
  const rows = battles.map(({ model, score }, at): Row => ({
    x: [[models.indexOf(model), 1], ...features[at]!.map((value, f): Entry => [models.length + f, value])],
    score,
  }));
  const fitted = fit(rows, models.length + STYLE_FEATURES.length, ridge);
  const weights = STYLE_FEATURES.map((name, at) => [name, fitted[models.length + at]!]);
  return {
    winRates: Object.fromEntries(models.map((name, at) => [name, sigmoid(fitted[at]!)])),
    weights: Object.fromEntries(weights) as StyleControlled['weights'],
  };
}

function differences({ style: a, baselineStyle: b }: StyledBattle): number[] {
  return STYLE_FEATURES.map((name) => {
    if (name === 'length') return a.length + b.length === 0 ? 0 : (a.length - b.length) / (a.length + b.length);
    const [own, other] = [a[name] / (a.length + 1), b[name] / (b.length + 1)];
    return (own - other) / (own + other + 1);
  });
}

function standardized(rows: readonly number[][]): number[][] {
  const columns = STYLE_FEATURES.map((_, at) => {
    const values = rows.map((row) => row[at]!);
    return { center: mean(values), spread: standardDeviation(values) };
  });
  return rows.map((row) =>
    row.map((value, at) => (columns[at]!.spread > 0 ? (value - columns[at]!.center) / columns[at]!.spread : 0)),
  );
}

/** Number and value of a column; the others are 0. */
type Entry = readonly [column: number, value: number];

interface Row {
  x: readonly Entry[];
  score: number;
}

function fit(rows: readonly Row[], width: number, ridge: number): number[] {
  let w = Array.from({ length: width }, () => 0);
  for (let step = 0; step < STEPS; step++) {
    const gradient = w.map((value) => -ridge * value);
    const curvature = w.map((_, i) => w.map((__, j) => (i === j ? ridge : 0)));
    for (const { x, score } of rows) {
      const p = sigmoid(dot(x, w));
      for (const [i, xi] of x) {
        gradient[i]! += xi * (score - p);
        for (const [j, xj] of x) curvature[i]![j]! += xi * xj * p * (1 - p);
      }
    }
    // The ridge keeps the matrix regular.
    const direction = solveLinear(curvature, gradient)!;
    let length = 1;
    const before = loss(rows, w, ridge);
    const moved = (): number[] => w.map((value, i) => value + length * direction[i]!);
    while (loss(rows, moved(), ridge) > before && length > 1e-8) length /= 2;
    w = moved();
    if (Math.max(...direction.map(Math.abs)) < CONVERGED) break;
  }
  return w;
}

function loss(rows: readonly Row[], w: readonly number[], ridge: number): number {
  let sum = (ridge / 2) * w.reduce((total, value) => total + value * value, 0);
  for (const { x, score } of rows) {
    const z = dot(x, w);
    sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - score * z;
  }
  return sum;
}

function dot(x: readonly Entry[], w: readonly number[]): number {
  let sum = 0;
  for (const [column, value] of x) sum += value * w[column]!;
  return sum;
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
