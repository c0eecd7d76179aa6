import * as tf from '@tensorflow/tfjs';

import type { MatrixGame } from './matrixGame.ts';
import type { Objective } from './objectives.ts';
import { playGame, solveGame, type GameRun, type GameSolution, type PlayOptions } from './playGame.ts';

/** A game, its solutions, and how objectives play it. */
export interface PlayedGame extends GameSolution {
  runs: GameRun[];
}

/**
 * Has objectives play games, on tfjs's own CPU backend: the tensors are so small that calls of a library cost more than the
 * work.
 *
 * @param options.onProgress told before each run
 * @throws {RangeError} when an option is out of range
 */
export async function playGames(
  games: readonly MatrixGame[],
  objectives: readonly Objective[],
  options: PlayOptions & { signal?: AbortSignal | undefined; onProgress?: ((text: string) => void) | undefined },
): Promise<PlayedGame[]> {
  checkOptions(options);
  const before = { backend: tf.getBackend(), production: tf.env().getBool('PROD') };
  // Or it would advise to install another backend.
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  try {
    const played: PlayedGame[] = [];
    for (const game of games) {
      const runs: GameRun[] = [];
      for (const objective of objectives) {
        options.signal?.throwIfAborted();
        options.onProgress?.(`${game.name}: ${objective.id} ...`);
        runs.push(playGame(game, objective, options));
        // An interrupt is heard between runs.
        await new Promise(setImmediate);
      }
      played.push({ ...solveGame(game, options.tau), runs });
    }
    return played;
  } finally {
    tf.env().set('PROD', before.production);
    // There is none before the first use.
    if (before.backend) await tf.setBackend(before.backend);
  }
}

function checkOptions({ step, tau, rounds }: PlayOptions): void {
  const problems = [
    ...(step > 0 && step <= 10 ? [] : [`step must be above 0 and at most 10, got ${step}`]),
    ...(tau >= 0.02 && tau * step <= 1 ? [] : [`tau must be from 0.02 to 1/step = ${1 / step}, got ${tau}`]),
    ...(Number.isSafeInteger(rounds) && rounds > 0 ? [] : [`rounds must be a whole number above 0, got ${rounds}`]),
  ];
  if (problems.length > 0) throw new RangeError(`playGames: ${problems.join('; ')}. Correct the options.`);
}
