import type { LossEntry } from '../../losses/index.ts';
import { softmax } from './nash.ts';
import { pairDerivatives } from './pairDerivatives.ts';
import { solveLinear } from './solveLinear.ts';

/** Every ordered pair of actions, how often it comes up, and what the loss reads of it. */
export interface WeightedPairs {
  chosen: readonly number[];
  rejected: readonly number[];
  /** Summing to 1. */
  weights: readonly number[];
  inputs: Readonly<Record<string, Float32Array>>;
}

/** The loss of a policy near a point, as a square: its gradient and curvature by the log-probabilities of all actions. */
interface Square {
  at: readonly number[];
  gradient: number[];
  curvature: number[][];
}

/** Largest change of a log-probability that ends the search: what 32 bits resolve. */
const CONVERGED = 2e-6;
const MOST_EXPANSIONS = 50;

/**
 * The softmax policy under which a real loss of pairs is least in expectation. The loss is replaced by the square that has
 * its gradient and its curvature, which for squares is the loss itself, until the policy stays where it is.
 *
 * @param start log-probabilities
 * @throws {Error} when the search does not come to rest
 */
export function minimizePairLoss(
  { loss, options }: { loss: LossEntry; options: Readonly<Record<string, unknown>> },
  pairs: WeightedPairs,
  start: readonly number[],
): number[] {
  let policy = [...start];
  for (let expansion = 0; expansion < MOST_EXPANSIONS; expansion++) {
    const next = minimizeSquare(squareAt(loss, options, pairs, policy));
    const change = Math.max(...next.map((value, i) => Math.abs(value - policy[i]!)));
    policy = next;
    if (change < CONVERGED * (1 + Math.max(...policy.map(Math.abs)))) return policy;
  }
  throw new Error(`minimizePairLoss: no minimum after ${MOST_EXPANSIONS} expansions.`);
}

function squareAt(
  loss: LossEntry,
  options: Readonly<Record<string, unknown>>,
  { chosen, rejected, weights, inputs }: WeightedPairs,
  at: readonly number[],
): Square {
  const logps = (actions: readonly number[]): Float32Array => Float32Array.from(actions, (action) => at[action]!);
  const point = { chosen: logps(chosen), rejected: logps(rejected) };
  const derivatives = pairDerivatives(loss, options, point, inputs);
  const gradient = at.map(() => 0);
  const curvature = at.map(() => at.map(() => 0));
  weights.forEach((weight, pair) => {
    const [w, l] = [chosen[pair]!, rejected[pair]!];
    gradient[w]! += weight * derivatives.byChosen[pair]!;
    gradient[l]! += weight * derivatives.byRejected[pair]!;
    curvature[w]![w]! += weight * derivatives.byChosenTwice[pair]!;
    curvature[l]![l]! += weight * derivatives.byRejectedTwice[pair]!;
    curvature[w]![l]! += weight * derivatives.byBoth[pair]!;
    curvature[l]![w]! += weight * derivatives.byBoth[pair]!;
  });
  return { at, gradient, curvature };
}

const MOST_STEPS = 200;

/** Least value of a square over log-probabilities of policies, by Gauss and Newton's method in float64. */
function minimizeSquare(square: Square): number[] {
  let logps = [...square.at];
  for (let step = 0; step < MOST_STEPS; step++) {
    const direction = newtonDirection(square, logps);
    const before = valueOf(square, logps);
    let share = 1;
    let next = moved(logps, direction, share);
    while (valueOf(square, next) > before && share > 1e-6) {
      share /= 2;
      next = moved(logps, direction, share);
    }
    const change = Math.max(...next.map((value, i) => Math.abs(value - logps[i]!)));
    logps = next;
    if (change < 1e-10) break;
  }
  return logps;
}

function moved(logps: readonly number[], direction: readonly number[], share: number): number[] {
  return softmax(logps.map((value, i) => value + share * direction[i]!)).map(Math.log);
}

function gradientAt({ at, gradient, curvature }: Square, logps: readonly number[]): number[] {
  return gradient.map(
    (value, i) => value + curvature[i]!.reduce((sum, bend, j) => sum + bend * (logps[j]! - at[j]!), 0),
  );
}

function valueOf(square: Square, logps: readonly number[]): number {
  const mean = gradientAt(square, logps).map((value, i) => (value + square.gradient[i]!) / 2);
  return mean.reduce((sum, value, i) => sum + value * (logps[i]! - square.at[i]!), 0);
}

/**
 * Where the square of the linearized policy is least: with J = I - 1 pi^T, the derivative of log-probabilities by logits,
 * (J^T C J) d = -J^T g. Logits are known up to a constant, so one more equation asks for d of mean 0 under the policy.
 */
function newtonDirection(square: Square, logps: readonly number[]): number[] {
  const policy = logps.map(Math.exp);
  // x -> J^T x
  const project = (x: readonly number[]): number[] => {
    const sum = x.reduce((a, b) => a + b, 0);
    return x.map((value, i) => value - policy[i]! * sum);
  };
  const right = project(gradientAt(square, logps)).map((value) => -value);
  const columns = policy.map((_, j) => {
    // C J e_j, J e_j = e_j - pi_j 1
    const bend = square.curvature.map((row) => row[j]! - policy[j]! * row.reduce((a, b) => a + b, 0));
    return project(bend);
  });
  // Scaled so that rare actions weigh as much as others.
  const scale = columns.map((column, i) => 1 / Math.sqrt(Math.max(column[i]!, 1e-300)));
  const matrix = policy.map((_, i) =>
    columns.map((column, j) => scale[i]! * scale[j]! * (column[i]! + policy[i]! * policy[j]!)),
  );
  const solution = solveLinear(
    matrix,
    right.map((value, i) => value * scale[i]!),
  );
  if (!solution) throw new Error('minimizePairLoss: the loss has no curvature in some direction.');
  return solution.map((value, i) => value * scale[i]!);
}
