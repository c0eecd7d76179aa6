import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { defineCommand, type Session } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { JUDGE_OPTIONS, type JudgeArguments } from '../../judges/judgeOptions.ts';
import { judgeMtBenchAnswers, type MtBenchJudged } from './judgeMtBenchAnswers.ts';

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
    answers: { type: 'string', array: true, nargs: 1, describe: 'model_answer file to judge now; may be repeated' },
    judge: {
      type: 'string',
      requiresArg: true,
      describe:
        'Who grades from 1 to 10, such as openai/mt-bench-single:<model>, or compares pairs, such as openai/mt-bench:<model>',
    },
    baseline: {
      type: 'string',
      requiresArg: true,
      describe: 'Model that the others are compared with, instead of every two models; implies --pairs',
    },
    pairs: { type: 'boolean', default: false, describe: 'Compare pairs by a judge that grades, too' },
    store: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder that keeps what was judged: a second run, or one after a stop, asks nothing again',
    },
    html: { type: 'string', requiresArg: true, describe: 'Write a page with plots to this file' },
    ...JUDGE_OPTIONS,
    references: {
      type: 'string',
      requiresArg: true,
      describe: "MT-Bench's reference_answer file, for its own judges on mathematics, reasoning and coding",
    },
  },
  examples: [
    ['$0 bench mt-bench --judgments gpt-4_single.jsonl --judgments gpt-4_pair.jsonl', 'Judged already'],
    [
      '$0 bench mt-bench --questions question.jsonl --answers mine.jsonl --judge policy/mt-bench-single:./big --store eval',
      'Graded here and now',
    ],
    [
      '$0 bench mt-bench --questions question.jsonl --answers a.jsonl --answers b.jsonl --judge openai/mt-bench:gpt-4.1 --references gpt-4.jsonl --baseline b',
      'Compared in both orders with one model',
    ],
  ],
  run: async (args, session) => {
    const { mtBenchTables, pairFigures, renderMtBench, singleFigures } = await import('../../../../bench/index.ts');
    const { single, pairs, missing, judge, warnings } = await judgmentsOf(args, session);
    const figures = { judge, single: singleFigures(single), pairs: pairFigures(pairs), missing, warnings };
    const by = judge === null ? '' : `, by ${judge}`;
    const summary = `${single.length} graded answers, ${pairs.length} pairs${by}`;
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
  pairs: boolean;
  baseline?: string | undefined;
  store?: string | undefined;
}

async function judgmentsOf(
  args: MtBenchArguments,
  session: Session,
): Promise<Omit<MtBenchJudged, 'judge'> & { judge: string | null }> {
  const { judgments, questions, answers, judge: spec, references, ...rest } = args;
  const { baseline, pairs, store } = rest;
  const ofJudging = [questions, answers, spec, references, baseline, store].some((given) => given !== undefined);
  if (judgments !== undefined && !ofJudging && !pairs) {
    const { readMtBenchJudgments } = await import('../../../../bench/index.ts');
    return { ...(await readMtBenchJudgments(judgments)), missing: [], judge: null };
  }
  if (judgments === undefined && questions !== undefined && answers !== undefined && spec !== undefined) {
    return judgeMtBenchAnswers({ questions, answers, references }, { ...rest, spec }, session);
  }
  throw new UserError(
    'cli.usage',
    'Expected --judgments alone, of answers that are judged, or --questions, --answers and --judge to judge them now.',
  );
}
