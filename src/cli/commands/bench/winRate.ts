import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { defineCommand } from '../../command.ts';
import { JUDGE_OPTIONS } from '../../judges/judgeOptions.ts';
import { checkWhole } from '../data/checkWhole.ts';
import { annotationsOf } from './annotationsOf.ts';
import { describeFigures } from './describeFigures.ts';
import { JUDGED_OUTPUTS_OPTIONS } from './judgedOutputsOptions.ts';

export const winRateCommand = defineCommand({
  usage: 'win-rate',
  summary: 'How often the outputs in one file, or of a policy, beat those in another, by any judge',
  positionals: {},
  options: {
    annotations: { type: 'string', requiresArg: true, describe: 'annotations.json of outputs that are judged already' },
    ...JUDGED_OUTPUTS_OPTIONS,
    seed: { type: 'number', requiresArg: true, default: 1, describe: 'Of the bootstrap, and of what --policy draws' },
    ...JUDGE_OPTIONS,
  },
  examples: [
    ['$0 bench win-rate --outputs new.json --reference old.json --out eval', 'By the shipped judge'],
    [
      '$0 bench win-rate --outputs a.json --reference b.json --judge ./PairRM-hf --out eval --html eval.html',
      'A page to show',
    ],
    ['$0 bench win-rate --policy ./new --reference old.json --out eval', 'Answers drawn now'],
  ],
  run: async (args, session) => {
    const bench = await import('../../../../bench/index.ts');
    const seed = checkWhole('--seed', args.seed, 0);
    const annotations = await annotationsOf(args, session);
    const figures = bench.alpacaEvalFigures(annotations, { lengthControl: 'none' });
    const intervals = bench.figureIntervals(annotations, figures, { seed });
    const cost = bench.annotationCost(annotations.rows);
    session.status.clear();
    if (args.html !== undefined) await writeFileAtomic(args.html, bench.renderAlpacaEval(figures, intervals, null));
    if (args.json) {
      session.printJson({ ...figures, intervals, cost });
      return 0;
    }
    for (const warning of figures.warnings) session.note(`warning: ${warning}`);
    session.print(describeFigures(figures, intervals, cost));
    if (args.html !== undefined) session.print(args.html);
    return 0;
  },
});
