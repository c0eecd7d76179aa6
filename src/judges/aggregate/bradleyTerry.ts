import type { PreferenceMatrix } from './preferenceMatrix.ts';

export interface BradleyTerryOptions {
  /** Pulls strengths towards 0, so that one who wins every game has a finite one. Default 0.01. */
  ridge?: number;
}

const STEPS = 100;
const CONVERGED = 1e-12;

/**
 * Strengths under the Bradley-Terry model, P(i beats j) = sigmoid(s[i] - s[j]): the maximum of
 *
 *   sum over i, j of W[i][j] log sigmoid(s[i] - s[j]) - ridge / 2 sum over i of s[i]^2
 *
 * by Newton's method, with step lengths halved while the objective falls. They sum to 0.
 *
 * @param wins W[i][j]: how often i beat j, a tie as half; of a preference matrix the probabilities, null for none
 * @throws {RangeError} for a table that is not square or has negative numbers, or a ridge that is not positive
 */
export function bradleyTerry(wins: PreferenceMatrix, { ridge = 0.01 }: BradleyTerryOptions = {}): number[] {
  const table = checked(wins, ridge);
  let strengths = table.map(() => 0);
  let value = objective(table, strengths, ridge);
  for (let step = 0; step < STEPS; step++) {
    const { gradient, curvature } = derivatives(table, strengths, ridge);
    const direction = solve(curvature, gradient);
    let length = 1;
    let next = moved(strengths, direction, length);
    let nextValue = objective(table, next, ridge);
    while (nextValue < value && length > 1e-10) {
      length /= 2;
      next = moved(strengths, direction, length);
      nextValue = objective(table, next, ridge);
    }
    strengths = next;
    value = nextValue;
    if (Math.max(0, ...direction.map(Math.abs)) < CONVERGED) break;
  }
  return strengths;
}

function checked(wins: PreferenceMatrix, ridge: number): number[][] {
  if (!(ridge > 0 && ridge < Infinity)) throw new RangeError(`bradleyTerry: ridge must be positive, got ${ridge}.`);
  return wins.map((row, i) => {
    if (row.length !== wins.length) throw new RangeError(`bradleyTerry: row ${i} has ${row.length} of ${wins.length}.`);
    return row.map((count, j) => {
      if (i === j || count === null) return 0;
      if (!(count >= 0 && count < Infinity)) throw new RangeError(`bradleyTerry: ${i} against ${j}: ${count} wins.`);
      return count;
    });
  });
}

function objective(wins: readonly (readonly number[])[], strengths: readonly number[], ridge: number): number {
  let sum = 0;
  for (const [i, row] of wins.entries()) {
    for (const [j, count] of row.entries()) if (count > 0) sum += count * logSigmoid(strengths[i]! - strengths[j]!);
  }
  return sum - (ridge / 2) * strengths.reduce((total, s) => total + s * s, 0);
}

/** Gradient of the objective, and its negative Hessian. */
function derivatives(
  wins: readonly (readonly number[])[],
  strengths: readonly number[],
  ridge: number,
): { gradient: number[]; curvature: number[][] } {
  const gradient = strengths.map((s) => -ridge * s);
  const curvature = wins.map((_, i) => wins.map((__, j) => (i === j ? ridge : 0)));
  for (const [i, row] of wins.entries()) {
    for (const j of row.keys()) {
      const games = row[j]! + wins[j]![i]!;
      if (i === j || games === 0) continue;
      const p = 1 / (1 + Math.exp(strengths[j]! - strengths[i]!));
      gradient[i]! += row[j]! - games * p;
      curvature[i]![i]! += games * p * (1 - p);
      curvature[i]![j]! -= games * p * (1 - p);
    }
  }
  return { gradient, curvature };
}

/** Solves A x = b for a positive definite A, by Cholesky's decomposition. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const lower = matrix.map((row) => row.map(() => 0));
  const x = [...right];
  for (const i of matrix.keys()) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      lower[i]![j] = i === j ? Math.sqrt(sum) : sum / lower[j]![j]!;
    }
    for (let k = 0; k < i; k++) x[i]! -= lower[i]![k]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= lower[k]![i]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  return x;
}

function moved(from: readonly number[], direction: readonly number[], length: number): number[] {
  return from.map((value, i) => value + length * direction[i]!);
}

function logSigmoid(x: number): number {
  return x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x));
}
