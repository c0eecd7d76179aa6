import type { Battle } from '../../../../bench/index.ts';
import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { defineCommand, type Session } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { JUDGE_OPTIONS } from '../../judges/judgeOptions.ts';
import { checkWhole } from '../data/checkWhole.ts';
import { annotationsOf, type AnnotationArguments } from './annotationsOf.ts';
import { JUDGED_OUTPUTS_OPTIONS } from './judgedOutputsOptions.ts';
import { refuseLoneOptions } from './refuseLoneOptions.ts';

export const arenaHardCommand = defineCommand({
  usage: 'arena-hard',
  summary: 'Scores, Elo and style-controlled win rates against one baseline, as Arena-Hard computes them',
  positionals: {},
  options: {
    judgments: {
      type: 'string',
      array: true,
      nargs: 1,
      describe: "Arena-Hard's model_judgment file, judged already; may be repeated",
    },
    answers: {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'model_answer file of the judgments, for style control; once for each model and the baseline',
    },
    ...JUDGED_OUTPUTS_OPTIONS,
    seed: { type: 'number', requiresArg: true, default: 1, describe: 'Of the bootstrap, and of what --policy draws' },
    ...JUDGE_OPTIONS,
  },
  examples: [
    ['$0 bench arena-hard --judgments a.jsonl --judgments b.jsonl --html arena.html', 'Two models, judged already'],
    [
      '$0 bench arena-hard --outputs mine.json --reference base.json --judge openai/arena-hard:gpt-4.1 --out eval',
      'Judged here and now',
    ],
    [
      '$0 bench arena-hard --policy ./my-model --reference base.json --judge openai/arena-hard:gpt-4.1 --out eval',
      'Answers drawn, then judged',
    ],
  ],
  run: async (args, session) => {
    const bench = await import('../../../../bench/index.ts');
    const seed = checkWhole('--seed', args.seed, 0);
    const { battles, judge, warnings } = await battlesOf(args, session);
    session.status.update('Bootstrap of battles ...');
    const figures = bench.arenaHardFigures(battles, { seed });
    session.status.clear();
    if (args.html !== undefined) await writeFileAtomic(args.html, bench.renderArenaHard(figures, judge, warnings));
    if (args.json) {
      session.printJson({ ...figures, judge, warnings });
      return 0;
    }
    for (const warning of warnings) session.note(`warning: ${warning}`);
    session.print(`Against ${figures.baseline}, by ${judge ?? 'an unnamed judge'}`);
    session.print(alignColumns(bench.arenaHardTable(figures), [1, 2, 3, 4, 5, 6, 7, 8]));
    if (args.html !== undefined) session.print(args.html);
    return 0;
  },
});

interface BattleArguments extends AnnotationArguments {
  judgments?: string[] | undefined;
  answers?: string[] | undefined;
}

async function battlesOf(
  args: BattleArguments,
  session: Session,
): Promise<{ battles: readonly Battle[]; judge: string | null; warnings: readonly string[] }> {
  const bench = await import('../../../../bench/index.ts');
  const { judgments, answers, outputs, policy } = args;
  const judgesNow = outputs !== undefined || policy !== undefined;
  if ((judgments !== undefined) === judgesNow || (answers !== undefined && judgments === undefined)) {
    throw new UserError(
      'cli.usage',
      'Expected --judgments, of outputs that are judged (with --answers for style control); or --outputs, --reference and ' +
        '--out to judge them now; or --policy in the place of --outputs to draw them first.',
    );
  }
  refuseLoneOptions(args);
  if (judgments === undefined) {
    const annotations = await annotationsOf(args, session);
    const { annotator, warnings } = annotations;
    return { battles: bench.battlesOfAnnotations(annotations), judge: annotator, warnings };
  }
  const read = await bench.readArenaHardJudgments(judgments);
  if (answers === undefined) return read;
  return { ...read, battles: bench.withStyles(read.battles, await bench.readAnswerStyles(answers)) };
}
