import { randomStream } from '../../src/base/seed.ts';

/** A symmetric game of two players with n actions: a preference between answers, written out. */
export interface MatrixGame {
  name: string;
  actions: readonly string[];
  /** [n][n], P[i][j] the probability that action i beats action j; P[j][i] = 1 - P[i][j]. */
  preference: readonly (readonly number[])[];
  /** Where play starts, a probability for each action. */
  start: readonly number[];
  /** What regularized objectives are held to. */
  reference: readonly number[];
}

const UNEVEN = [0.6, 0.3, 0.1];

/** Rock, paper, scissors, played by one who likes rock: the reference is not even, so regularization moves the solution. */
export function rockPaperScissors(): MatrixGame {
  return {
    name: 'rock-paper-scissors',
    actions: ['rock', 'paper', 'scissors'],
    preference: [
      [0.5, 0, 1],
      [1, 0.5, 0],
      [0, 1, 0.5],
    ],
    start: UNEVEN,
    reference: UNEVEN,
  };
}

/** Three answers that beat each other in a circle, with unequal force; its Nash policy is (4, 3, 4) / 11. */
export function cyclicGame(): MatrixGame {
  return {
    name: 'cyclic',
    actions: ['a', 'b', 'c'],
    preference: [
      [0.5, 0.9, 0.2],
      [0.1, 0.5, 0.9],
      [0.8, 0.1, 0.5],
    ],
    start: UNEVEN,
    reference: [1 / 3, 1 / 3, 1 / 3],
  };
}

/**
 * Random probabilities with no action that beats all others, drawn until there is none.
 *
 * @param actions three at least; with fewer there is always one
 */
export function randomGame(actions: number, seed: number | string): MatrixGame {
  const even = Array.from({ length: actions }, () => 1 / actions);
  for (let draw = 0; ; draw++) {
    const preference = randomPreference(actions, randomStream(seed, 'randomGame', draw));
    if (preference.some((row, i) => row.every((wins, j) => i === j || wins > 0.5))) continue;
    return {
      name: `random-${actions}`,
      actions: even.map((_, i) => `answer ${i + 1}`),
      preference,
      start: even,
      reference: even,
    };
  }
}

function randomPreference(n: number, random: { uniform(): number }): number[][] {
  const preference = Array.from({ length: n }, () => Array.from({ length: n }, () => 0.5));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      preference[i]![j] = random.uniform();
      preference[j]![i] = 1 - preference[i]![j]!;
    }
  }
  return preference;
}

/** P pi: how often each action beats an action drawn from the policy. */
export function winRates({ preference }: Pick<MatrixGame, 'preference'>, policy: readonly number[]): number[] {
  return preference.map((row) => row.reduce((sum, wins, j) => sum + wins * policy[j]!, 0));
}
