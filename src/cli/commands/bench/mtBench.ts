import type { MtBenchJudgments } from '../../../../bench/index.ts';
import type { Score } from '../../../judges/index.ts';
import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { defineCommand, type Session } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { JUDGE_OPTIONS, type JudgeArguments } from '../../judges/judgeOptions.ts';
import { withJudgments } from './samplesOptions.ts';

export const mtBenchCommand = defineCommand({
  usage: 'mt-bench',
  summary: 'Grades and pairwise win rates as MT-Bench computes them',
  positionals: {},
  options: {
    judgments: {
      type: 'string',
      array: true,
      nargs: 1,
      describe: "FastChat's model_judgment file, of grades or of pairs; may be repeated",
    },
    questions: { type: 'string', requiresArg: true, describe: "MT-Bench's question.jsonl" },
    answers: { type: 'string', array: true, nargs: 1, describe: 'model_answer file to grade now; may be repeated' },
    judge: {
      type: 'string',
      requiresArg: true,
      describe: 'Who grades from 1 to 10, such as openai/mt-bench-single:<model>',
    },
    store: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder that keeps what was judged: a second run, or one after a stop, asks nothing again',
    },
    html: { type: 'string', requiresArg: true, describe: 'Write a page with plots to this file' },
    ...JUDGE_OPTIONS,
  },
  examples: [
    ['$0 bench mt-bench --judgments gpt-4_single.jsonl --judgments gpt-4_pair.jsonl', 'Judged already'],
    [
      '$0 bench mt-bench --questions question.jsonl --answers mine.jsonl --judge policy/mt-bench-single:./big --store eval',
      'Graded here and now',
    ],
  ],
  run: async (args, session) => {
    const { mtBenchTables, pairFigures, renderMtBench, singleFigures } = await import('../../../../bench/index.ts');
    const { single, pairs, warnings } = await judgmentsOf(args, session);
    const figures = { single: singleFigures(single), pairs: pairFigures(pairs), warnings };
    const summary = `${single.length} graded answers, ${pairs.length} pairs`;
    if (args.html !== undefined) await writeFileAtomic(args.html, renderMtBench(figures, summary));
    if (args.json) {
      session.printJson(figures);
      return 0;
    }
    for (const warning of warnings) session.note(`warning: ${warning}`);
    session.print(summary);
    for (const { heading, rows } of mtBenchTables(figures)) {
      session.print(`\n${heading}\n${alignColumns(rows, Array.from(rows[0]!.keys()).slice(1))}`);
    }
    if (args.html !== undefined) session.print(args.html);
    return 0;
  },
});

interface MtBenchArguments extends JudgeArguments {
  judgments?: string[] | undefined;
  questions?: string | undefined;
  answers?: string[] | undefined;
  judge?: string | undefined;
  store?: string | undefined;
}

async function judgmentsOf(args: MtBenchArguments, session: Session): Promise<MtBenchJudgments> {
  const { judgments, questions, answers, judge: spec } = args;
  const { readMtBenchAnswers, readMtBenchJudgments } = await import('../../../../bench/index.ts');
  if (judgments !== undefined && answers === undefined) return readMtBenchJudgments(judgments);
  if (judgments !== undefined || questions === undefined || answers === undefined || spec === undefined) {
    throw new UserError(
      'cli.usage',
      'Expected --judgments alone, of answers that are judged, or --questions, --answers and --judge to grade them now.',
    );
  }
  const open = await readMtBenchAnswers(questions, answers);
  const { openJudge } = await import('../../judges/openJudge.ts');
  const { isScoring } = await import('../../judges/scoreSamples.ts');
  const { withStore } = await import('../../../judges/index.ts');
  return withJudgments(args, session, async (context) => {
    const opened = await openJudge(spec, context);
    const judge = context.store ? withStore(opened, context.store) : opened;
    try {
      if (!isScoring(judge)) {
        throw new UserError(
          'mtBench.judge',
          `--judge "${spec}": expected a judge that grades single answers, found one that only compares. ` +
            'Name one such as openai/mt-bench-single:<model>, or compare pairs with "nashtune bench win-rate".',
        );
      }
      const items = open.map(({ question, turn, ...rest }) => ({ id: `${question}/${turn}`, ...rest }));
      const scores = await judge.score(items, { signal: session.io.interruptSignal() });
      const graded = scores.map(gradeOf);
      const single = open.map(({ model, question, category, turn }, at) => {
        return { model, question, category, turn, score: graded[at]!.score ?? null };
      });
      const reasons = graded.flatMap(({ error }) => error ?? []);
      if (reasons.length === single.length) {
        throw new UserError(
          'judge.allFailed',
          `--judge "${spec}": no answer got a grade: ${reasons[0]}. Mend the judge.`,
        );
      }
      const failed = `${reasons.length} of ${single.length} answers got no grade and count nowhere: ${reasons[0]}`;
      return { single, pairs: [], warnings: reasons.length > 0 ? [failed] : [] };
    } finally {
      judge.dispose();
    }
  });
}

/** A score as a grade; beyond 1 to 10 there is none. */
function gradeOf({ score, error }: Score): Pick<Score, 'score' | 'error'> {
  if (error !== undefined || score === undefined) return { error: error ?? 'no score' };
  return score >= 1 && score <= 10 ? { score } : { error: `the score ${score} is no grade from 1 to 10` };
}
