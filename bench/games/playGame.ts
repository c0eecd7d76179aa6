import { bestResponseGain, regularizedGain } from './exploitability.ts';
import { fitGeometric, fitPower, type FittedRate } from './fitRates.ts';
import { winRates, type MatrixGame } from './matrixGame.ts';
import { nashPolicy, regularizedNash } from './nash.ts';
import type { Objective, ObjectiveSettings } from './objectives.ts';

export interface PlayOptions extends ObjectiveSettings {
  rounds: number;
}

/** How an objective plays a game against itself. Lists have an entry for the start and one for each round. */
export interface GameRun {
  objective: string;
  /** Policies, [rounds + 1][n]. */
  policies: number[][];
  /** Mean of the policies so far, the start left out. */
  averages: number[][];
  /** What the best reply to the policy, and to the average, wins beyond one half. */
  gain: number[];
  averageGain: number[];
  /** What the best reply gains where both pay for divergence from the reference; for regularized objectives only. */
  regularizedGain: number[] | null;
  /** Of the policy from the (regularized) Nash policy, by the largest difference of a probability. */
  distance: number[];
  /** averageGain as a power of the round, and regularizedGain or gain as a geometric series. */
  rates: { average: FittedRate | null; last: FittedRate | null };
}

/** The rounds of an objective, each through the gradients of its loss. */
export function playGame(game: MatrixGame, objective: Objective, { rounds, step, tau }: PlayOptions): GameRun {
  let logps = game.start.map(Math.log);
  const policies = [[...game.start]];
  for (let round = 0; round < rounds; round++) {
    logps = objective.next(game, logps, { step, tau });
    policies.push(logps.map(Math.exp));
  }
  const averages = runningMeans(policies);
  const aim = objective.regularized ? regularizedNash(game, tau) : nashPolicy(game);
  const gain = policies.map((policy) => bestResponseGain(game, policy));
  const averageGain = averages.map((policy) => bestResponseGain(game, policy));
  const regularized = objective.regularized ? policies.map((policy) => regularizedGain(game, policy, tau)) : null;
  return {
    objective: objective.id,
    policies,
    averages,
    gain,
    averageGain,
    regularizedGain: regularized,
    distance: policies.map((policy) => Math.max(...policy.map((share, i) => Math.abs(share - aim[i]!)))),
    rates: { average: fitPower(averageGain), last: fitGeometric(regularized ?? gain) },
  };
}

function runningMeans(policies: readonly (readonly number[])[]): number[][] {
  const sums = policies[0]!.map(() => 0);
  return policies.map((policy, round) => {
    if (round === 0) return [...policy];
    policy.forEach((share, i) => (sums[i]! += share));
    return sums.map((sum) => sum / round);
  });
}

/** What a game is and where it is solved. */
export interface GameSolution {
  name: string;
  actions: readonly string[];
  preference: readonly (readonly number[])[];
  nash: number[];
  /** Of the game where both pay tau for each nat from the reference. */
  regularizedNash: number[];
  /** How often each action wins against the Nash policy: one half, or less for actions that it does not play. */
  winRatesAgainstNash: number[];
}

export function solveGame(game: MatrixGame, tau: number): GameSolution {
  const { name, actions, preference } = game;
  const nash = nashPolicy(game);
  const against = winRates(game, nash);
  return { name, actions, preference, nash, regularizedNash: regularizedNash(game, tau), winRatesAgainstNash: against };
}
