import { join } from 'node:path';

import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { defineCommand } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { JUDGE_OPTIONS } from '../../judges/judgeOptions.ts';
import { annotationsOf } from './annotationsOf.ts';
import { describeComparison, describeFigures } from './describeFigures.ts';
import { JUDGED_OUTPUTS_OPTIONS } from './judgedOutputsOptions.ts';
import { lengthPriorOf } from './lengthPriorOf.ts';

/** Rows of the leaderboard above and below the model's own. */
const NEIGHBOURS = 5;

export const alpacaEvalCommand = defineCommand({
  usage: 'alpaca-eval',
  summary: 'Win rate and length-controlled win rate as AlpacaEval computes them',
  positionals: {},
  options: {
    annotations: {
      type: 'string',
      requiresArg: true,
      describe: "AlpacaEval's annotations.json of the model, judged already",
    },
    ...JUDGED_OUTPUTS_OPTIONS,
    'lc-prior': {
      type: 'string',
      array: true,
      requiresArg: true,
      describe:
        'What length control knows of the prompts: df_gamed.csv and instruction_difficulty.csv, one JSON file, or gpt4_turbo: ' +
        "AlpacaEval's, fetched from the Hub",
    },
    lc: {
      choices: ['v1', 'noreg', 'minimal', 'none'] as const,
      describe: "Length control: the leaderboard's, without gamed baselines, without anything known, or none",
      defaultDescription: 'v1 with --lc-prior, else none',
    },
    'lc-folds': {
      choices: ['stable', 'published'] as const,
      default: 'stable' as const,
      describe: "How cross-validation deals rows: as scikit-learn does now, or as the published figures' did",
    },
    compare: { type: 'string', requiresArg: true, describe: 'Annotations of another model, for a paired test' },
    leaderboard: { type: 'string', requiresArg: true, describe: 'leaderboard.csv to show the model in' },
    out: {
      ...JUDGED_OUTPUTS_OPTIONS.out,
      describe:
        'Folder for leaderboard.csv, annotations.json, and model_outputs.json of --policy; outputs judged there before are not judged again',
    },
    seed: { type: 'number', requiresArg: true, default: 1, describe: 'Of bootstrap, test, and what --policy draws' },
    ...JUDGE_OPTIONS,
  },
  examples: [
    ['$0 bench alpaca-eval --annotations annotations.json --lc-prior lc_prior.json', 'The row of the leaderboard'],
    [
      '$0 bench alpaca-eval --annotations annotations.json --lc-prior gpt4_turbo',
      'With the prior fetched from the Hub',
    ],
    [
      '$0 bench alpaca-eval --outputs mine.json --reference gpt4.json --judge ./PairRM-hf --out eval',
      'Judged here and now',
    ],
    [
      '$0 bench alpaca-eval --policy ./my-model --reference gpt4_turbo --judge openai:gpt-4.1 --out eval',
      'Answers drawn, then judged',
    ],
    ['$0 bench alpaca-eval --annotations mine.json --compare theirs.json', 'Is the difference real?'],
    ['$0 bench alpaca-eval --annotations mine.json --lc minimal --json', 'Prompts of your own, for a program'],
  ],
  run: async (args, session) => {
    const bench = await import('../../../../bench/index.ts');
    if (!Number.isSafeInteger(args.seed)) {
      throw new UserError('cli.usage', `--seed: expected a whole number, got ${args.seed}.`);
    }
    const prior = await lengthPriorOf(args['lc-prior'], session);
    const annotations = await annotationsOf(args, session);
    const figures = bench.alpacaEvalFigures(annotations, { prior, lengthControl: args.lc, folds: args['lc-folds'] });
    session.status.update('Bootstrap of prompts ...');
    const intervals = bench.figureIntervals(annotations, figures, { prior, seed: args.seed });
    const comparison =
      args.compare === undefined
        ? null
        : bench.compareModels(annotations, await bench.readAnnotations(args.compare), { seed: args.seed });
    const published = args.leaderboard === undefined ? [] : await bench.readLeaderboard(args.leaderboard);
    const board = bench.withRow(published, bench.leaderboardRow(figures));
    if (args.out !== undefined) await writeFileAtomic(join(args.out, 'leaderboard.csv'), bench.leaderboardCsv(board));
    if (args.html !== undefined) {
      await writeFileAtomic(args.html, bench.renderAlpacaEval(figures, intervals, comparison));
    }
    session.status.clear();
    const cost = bench.annotationCost(annotations.rows);
    if (args.json) {
      session.printJson({ ...figures, intervals, comparison, cost });
      return 0;
    }
    for (const warning of figures.warnings) session.note(`warning: ${warning}`);
    session.print(describeFigures(figures, intervals, cost));
    if (comparison) session.print(`\n${describeComparison(comparison)}`);
    if (published.length > 0) {
      const at = board.findIndex(({ model }) => model === figures.model);
      const shown = board.slice(Math.max(0, at - NEIGHBOURS), at + NEIGHBOURS + 1);
      const rows = shown.map(({ model, length_controlled_winrate: lc, win_rate, avg_length }) => [
        model,
        lc === '' ? '-' : Number(lc).toFixed(2),
        Number(win_rate).toFixed(2),
        avg_length,
      ]);
      session.print(`\n${alignColumns([['model', 'LC', 'win rate', 'length'], ...rows], [1, 2, 3])}`);
    }
    if (args.html !== undefined) session.print(args.html);
    return 0;
  },
});
