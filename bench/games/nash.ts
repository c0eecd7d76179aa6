import { bestResponseGain } from './exploitability.ts';
import { winRates, type MatrixGame } from './matrixGame.ts';
import { solveLinear } from './solveLinear.ts';

/** The supports of so many actions can be tried one by one. */
const MOST_ACTIONS = 12;
const TOLERANCE = 1e-9;

/**
 * The Nash policy, which no reply beats more often than not: among the actions that it plays all win rates are one half, and
 * no other action wins more. Every support is tried, small ones first.
 *
 * @throws {RangeError} when there are too many actions to try all supports
 */
export function nashPolicy(game: Pick<MatrixGame, 'preference'>): number[] {
  const n = game.preference.length;
  if (n > MOST_ACTIONS) {
    throw new RangeError(`nashPolicy: expected at most ${MOST_ACTIONS} actions, got ${n}. Play a smaller game.`);
  }
  const supports = Array.from({ length: 2 ** n - 1 }, (_, i) =>
    Array.from({ length: n }, (_, action) => action).filter((action) => ((i + 1) >> action) & 1),
  );
  supports.sort((a, b) => a.length - b.length);
  for (const support of supports) {
    const policy = equalizing(game.preference, support);
    if (policy?.every((share) => share > -TOLERANCE) && bestResponseGain(game, policy) < TOLERANCE) return policy;
  }
  throw new Error('nashPolicy: no support gave a solution, which every game of this kind has.');
}

/** The policy on a support under which all its actions win equally often. */
function equalizing(preference: MatrixGame['preference'], support: readonly number[]): number[] | null {
  // Unknown: the shares, and the win rate that all have.
  const matrix = support.map((i) => [...support.map((j) => preference[i]![j]!), -1]);
  const solution = solveLinear([...matrix, [...support.map(() => 1), 0]], [...support.map(() => 0), 1]);
  if (!solution) return null;
  const policy = preference.map(() => 0);
  support.forEach((action, at) => (policy[action] = solution[at]!));
  return policy;
}

/**
 * The Nash policy where both players pay tau for each nat of divergence from the reference: the only one that is its own
 * best reply, pi proportional to ref e^{P pi / tau}. Found by small steps toward the best reply, until none is left.
 *
 * @param tau above 0; without it use {@link nashPolicy}
 */
export function regularizedNash(game: Pick<MatrixGame, 'preference' | 'reference'>, tau: number): number[] {
  const start = game.reference.map(Math.log);
  for (let share = 0.5; ; share /= 2) {
    const found = stepToReply(game, tau, start, share);
    if (found) return found;
  }
}

const STEPS = 200;
const RESIDUAL = 1e-13;

function stepToReply(
  game: Pick<MatrixGame, 'preference' | 'reference'>,
  tau: number,
  start: readonly number[],
  share: number,
): number[] | null {
  // Each halving of the step takes twice as many.
  const steps = STEPS / share;
  let policy = softmax(start);
  for (let step = 0; step < steps; step++) {
    const rates = winRates(game, policy);
    const reply = softmax(rates.map((rate, i) => Math.log(game.reference[i]!) + rate / tau));
    if (Math.max(...reply.map((value, i) => Math.abs(value - policy[i]!))) < RESIDUAL) return reply;
    policy = softmax(policy.map((value, i) => (1 - share) * Math.log(value) + share * Math.log(reply[i]!)));
  }
  return null;
}

/** Probabilities in proportion to e^x. */
export function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
