import { join } from 'node:path';

import type { AlpacaEvalFigures, Annotations, FigureIntervals, ModelComparison } from '../../../../bench/index.ts';
import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { defineCommand, type Session } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { JUDGE_OPTIONS, type JudgeArguments } from '../../judges/judgeOptions.ts';

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
    outputs: { type: 'string', requiresArg: true, describe: "The model's outputs, to be judged now (JSON)" },
    reference: { type: 'string', requiresArg: true, describe: 'Outputs that they are compared with (JSON)' },
    judge: {
      type: 'string',
      requiresArg: true,
      default: 'default',
      describe: 'Who compares: folder, default, openai:<model>, policy:<folder>, verifier:<check> or panel:<a>,<b>',
    },
    'lc-prior': {
      type: 'string',
      requiresArg: true,
      describe: 'What length control knows of the prompts: difficulties and gamed baselines (JSON)',
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
      type: 'string',
      requiresArg: true,
      describe: 'Folder for annotations.json and leaderboard.csv; outputs judged there before are not judged again',
    },
    seed: { type: 'number', requiresArg: true, default: 1, describe: 'Of bootstrap and test' },
    ...JUDGE_OPTIONS,
  },
  examples: [
    ['$0 bench alpaca-eval --annotations annotations.json --lc-prior lc_prior.json', 'The row of the leaderboard'],
    [
      '$0 bench alpaca-eval --outputs mine.json --reference gpt4.json --judge ./PairRM-hf --out eval',
      'Judged here and now',
    ],
    ['$0 bench alpaca-eval --annotations mine.json --compare theirs.json', 'Is the difference real?'],
    ['$0 bench alpaca-eval --annotations mine.json --lc minimal --json', 'Prompts of your own, for a program'],
  ],
  run: async (args, session) => {
    const bench = await import('../../../../bench/index.ts');
    if (!Number.isSafeInteger(args.seed)) {
      throw new UserError('cli.usage', `--seed: expected a whole number, got ${args.seed}.`);
    }
    const prior = args['lc-prior'] === undefined ? undefined : await bench.readLengthPrior(args['lc-prior']);
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
    session.status.clear();
    if (args.json) {
      session.printJson({ ...figures, intervals, comparison });
      return 0;
    }
    for (const warning of figures.warnings) session.note(`warning: ${warning}`);
    session.print(describeFigures(figures, intervals));
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
    return 0;
  },
});

interface AnnotationArguments extends JudgeArguments {
  annotations?: string | undefined;
  outputs?: string | undefined;
  reference?: string | undefined;
  judge: string;
  out?: string | undefined;
}

async function annotationsOf(args: AnnotationArguments, session: Session): Promise<Annotations> {
  const { annotations, outputs, reference, out } = args;
  if (annotations !== undefined && outputs === undefined && reference === undefined) {
    const { readAnnotations } = await import('../../../../bench/index.ts');
    return readAnnotations(annotations);
  }
  if (annotations !== undefined || outputs === undefined || reference === undefined || out === undefined) {
    throw new UserError(
      'cli.usage',
      'Expected --annotations alone, of outputs that are judged, or --outputs, --reference and --out to judge them now.',
    );
  }
  const { judgeOutputs } = await import('./judgeOutputs.ts');
  return judgeOutputs({ ...args, outputs, reference, out }, session);
}

const percent = (value: number): string => value.toFixed(2);
const range = ([low, high]: readonly [number, number]): string => `(95%: ${percent(low)} to ${percent(high)})`;

function describeFigures(figures: AlpacaEvalFigures, intervals: FigureIntervals): string {
  const { model, baseline, annotator, lengthControl } = figures;
  const lines = [
    `${model} against ${baseline}, by ${annotator ?? 'an unnamed annotator'}`,
    ...(figures.length_controlled_winrate === null
      ? []
      : [
          `length-controlled win rate  ${percent(figures.length_controlled_winrate)}%` +
            (intervals.length_controlled_winrate ? ` ${range(intervals.length_controlled_winrate)}` : ''),
        ]),
    `win rate                    ${percent(figures.win_rate)}% ${range(intervals.win_rate)}, standard error ${percent(figures.standard_error)}`,
    `discrete win rate           ${percent(figures.discrete_win_rate)}%: ${figures.n_wins} wins, ${figures.n_draws} draws, ${figures.n_wins_base} losses`,
    `prompts                     ${figures.n_total} judged`,
    `average length              ${figures.avg_length} characters`,
  ];
  if (lengthControl) {
    const { length, difficulty, model: own } = lengthControl.weights;
    lines.push(
      `length control              ${lengthControl.method}, C ${lengthControl.C.toPrecision(4)}, weights: length ${length.toFixed(4)}, ` +
        `difficulty ${difficulty.toFixed(4)}, model ${own.toFixed(4)}`,
    );
  }
  const categories = figures.categories.map(({ dataset, win_rate, n_total }) => [
    dataset,
    String(n_total),
    `${percent(win_rate)}%`,
  ]);
  return `${lines.join('\n')}\n\n${alignColumns([['category', 'prompts', 'win rate'], ...categories], [1, 2])}`;
}

function describeComparison({ models, rows, left, difference, interval, pValue }: ModelComparison): string {
  const skipped = left > 0 ? `, ${left} left out` : '';
  return `${models[0]} less ${models[1]}: ${percent(difference)} points ${range(interval)}, p = ${pValue.toPrecision(2)} on ${rows} shared prompts${skipped}`;
}
