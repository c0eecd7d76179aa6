import type { MatrixGame, PlayedGame } from '../../../../bench/index.ts';
import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { defineCommand } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { checkWhole } from '../data/checkWhole.ts';
import { asUser } from './speedOptions.ts';

const GAMES = ['cyclic', 'rock-paper-scissors', 'random'] as const;
const IDS = ['sppo', 'spo', 'dpo', 'ipo', 'inpo', 'nash-md'] as const;

export const gamesCommand = defineCommand({
  usage: 'games',
  summary: 'Exact preference games played by the real losses: exploitability, rates, and the way to Nash',
  positionals: {},
  options: {
    game: { choices: GAMES, array: true, nargs: 1, default: [...GAMES], describe: 'Game; may be repeated' },
    objective: { choices: IDS, array: true, nargs: 1, default: [...IDS], describe: 'Objective; may be repeated' },
    rounds: { type: 'number', requiresArg: true, default: 400, describe: 'Rounds of each run' },
    step: {
      type: 'number',
      requiresArg: true,
      default: 0.3,
      describe: 'How far a round goes: eta of SPPO and Nash-MD, 1/eta of INPO, 4/beta of DPO',
    },
    tau: { type: 'number', requiresArg: true, default: 0.1, describe: 'Pull to the reference of INPO and Nash-MD' },
    actions: { type: 'number', requiresArg: true, default: 5, describe: 'Of the random game, 3 to 12' },
    seed: { type: 'number', requiresArg: true, default: 1, describe: 'Of the random game' },
    html: { type: 'string', requiresArg: true, describe: 'Write a page with curves and triangles to this file' },
  },
  examples: [
    ['$0 bench games --html games.html', 'Everything, and a page to show'],
    ['$0 bench games --game cyclic --objective sppo --objective inpo', 'Why a last policy needs regularization'],
    ['$0 bench games --game random --actions 8 --seed 3 --json', 'A random game, for a program'],
  ],
  run: async (args, session) => {
    const { rounds, step, tau } = args;
    checkWhole('--rounds', rounds, 1);
    if (!(Number.isSafeInteger(args.actions) && args.actions >= 3 && args.actions <= 12)) {
      throw new UserError('cli.usage', `--actions: expected a whole number from 3 to 12, got ${args.actions}.`);
    }
    const seed = checkWhole('--seed', args.seed, 0);
    const bench = await import('../../../../bench/index.ts');
    const make: Record<(typeof GAMES)[number], () => MatrixGame> = {
      cyclic: bench.cyclicGame,
      'rock-paper-scissors': bench.rockPaperScissors,
      random: () => bench.randomGame(args.actions, seed),
    };
    const games = [...new Set(args.game)].map((name) => make[name]());
    const objectives = bench.OBJECTIVES.filter(({ id }) => args.objective.includes(id));
    const options = { rounds, step, tau, signal: session.io.interruptSignal(), onProgress: session.status.update };
    const played = await asUser(() => bench.playGames(games, objectives, options));
    session.status.clear();
    if (args.html !== undefined) await writeFileAtomic(args.html, bench.renderGames(played, { rounds, step, tau }));
    if (args.json) {
      session.printJson({ rounds, step, tau, seed, games: played.map(withoutPaths) });
      return 0;
    }
    for (const game of played) {
      session.print(
        `${game.name}: Nash policy ${bench.formatPolicy(game.nash)}, regularized ${bench.formatPolicy(game.regularizedNash)}\n` +
          `${alignColumns(bench.gamesTable(game), [1, 2, 3, 4, 5, 6])}\n`,
      );
    }
    if (args.html !== undefined) session.print(args.html);
    return 0;
  },
});

/** Curves, and of the policies the last ones. */
function withoutPaths({ runs, ...game }: PlayedGame): object {
  return {
    ...game,
    runs: runs.map(({ policies, averages, ...run }) => ({ ...run, last: policies.at(-1), average: averages.at(-1) })),
  };
}
