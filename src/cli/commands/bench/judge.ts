import type { LabelledPair } from '../../../../bench/judge/judgedPair.ts';
import type { NamedJudgeResult } from '../../../../bench/judge/judgeTable.ts';
import { UserError } from '../../../base/userError.ts';
import { defineCommand, type Session } from '../../command.ts';
import { noteReport } from '../../dataOptions.ts';
import { JUDGE_OPTIONS } from '../../judges/judgeOptions.ts';
import type { JudgeContext } from '../../judges/openJudge.ts';
import { checkWhole } from '../data/checkWhole.ts';

export const judgeBenchCommand = defineCommand({
  usage: 'judge',
  summary: 'How good judges are: accuracy, calibration, biases, consistency and cost on labelled pairs',
  positionals: {},
  options: {
    judge: {
      type: 'string',
      array: true,
      nargs: 1,
      default: ['default'],
      describe: 'Folder, default, openai:<model>, policy:<folder>, verifier:<check> or panel:<a>,<b>; may be repeated',
    },
    data: {
      type: 'string',
      requiresArg: true,
      describe: 'Pairs of which chosen is better: RewardBench or any others',
      defaultDescription: "295 pairs of the quickstart's world",
    },
    limit: { type: 'number', requiresArg: true, describe: 'Take the first rows only' },
    again: { type: 'number', requiresArg: true, default: 50, describe: 'Pairs asked a second time, for consistency' },
    seed: { type: 'number', requiresArg: true, default: 1, describe: 'Of the places of answers and the made pairs' },
    store: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder that keeps what was judged: a second run, or one after a stop, asks nothing again',
    },
    html: { type: 'string', requiresArg: true, describe: 'Write a report with calibration plots to this file' },
    'data-adapter': { type: 'string', requiresArg: true, default: 'auto', describe: 'Format of the rows' },
    'skip-bad': { type: 'string', requiresArg: true, describe: 'Leave bad rows out and write them to this file' },
    ...JUDGE_OPTIONS,
  },
  examples: [
    ['$0 bench judge --judge default --judge ./my-judge', 'Two judges on pairs with known labels'],
    ['$0 bench judge --judge openai:qwen3 --base-url http://localhost:8000/v1 --limit 50', 'A model behind an API'],
    ['$0 bench judge --judge ./PairRM-hf --data reward-bench.jsonl --html judges.html', "RewardBench's sections"],
  ],
  run: async (args, session) => {
    checkWhole('--again', args.again, 0);
    checkWhole('--seed', args.seed, 0);
    if (args.limit !== undefined) checkWhole('--limit', args.limit, 1);
    const { createJudgmentStore } = await import('../../../judges/index.ts');
    const pairs = await readLabelled(args, session);
    const store = args.store === undefined ? undefined : await createJudgmentStore(args.store);
    const results: NamedJudgeResult[] = [];
    try {
      for (const spec of args.judge) results.push(await benchOne(spec, pairs, { args, session, store }));
    } finally {
      await store?.close();
    }
    session.status.clear();
    refuseAllFailed(results);
    if (args.html !== undefined) {
      const { writeFileAtomic } = await import('../../../base/writeFileAtomic.ts');
      const { renderJudgeReport } = await import('../../../../bench/judge/renderJudgeReport.ts');
      await writeFileAtomic(args.html, renderJudgeReport(results, args.data ?? "the quickstart's world"));
    }
    if (args.json) session.printJson({ pairs: pairs.length, judges: results });
    else {
      const { judgeTable } = await import('../../../../bench/judge/judgeTable.ts');
      const { alignColumns } = await import('../../drawing/alignColumns.ts');
      const { errorLines } = await import('../../../judges/errorLines.ts');
      const rows = judgeTable(results);
      const errors = results
        .filter(({ errors }) => Object.keys(errors).length > 0)
        .map(({ spec, errors }) => `${spec} failed\n${errorLines(errors)}`);
      const right = results.map((_, i) => i + 1);
      session.print([`${pairs.length} pairs`, alignColumns(rows, right), ...errors].join('\n'));
      if (args.html !== undefined) session.print(args.html);
    }
    return 0;
  },
});

interface BenchContext extends JudgeContext {
  args: JudgeContext['args'] & { seed: number; again: number };
}

async function benchOne(
  spec: string,
  pairs: readonly LabelledPair[],
  context: BenchContext,
): Promise<NamedJudgeResult> {
  const { openAskedTwice } = await import('../../judges/openAskedTwice.ts');
  const { benchJudge } = await import('../../../../bench/judge/benchJudge.ts');
  const { session, args } = context;
  const { judge, second } = await openAskedTwice(spec, context);
  try {
    const onProgress = (done: number, total: number): void =>
      session.status.update(`${spec}: ${done} of ${total} questions`);
    const { seed, again } = args;
    const options = { seed, again, second, signal: session.io.interruptSignal(), onProgress };
    return { spec, ...(await benchJudge(judge, pairs, options)) };
  } finally {
    judge.dispose();
  }
}

interface DataArguments {
  data?: string | undefined;
  limit?: number | undefined;
  seed: number;
  'data-adapter': string;
  'skip-bad'?: string | undefined;
}

async function readLabelled(args: DataArguments, session: Session): Promise<LabelledPair[]> {
  const { data, limit, 'data-adapter': adapter, 'skip-bad': skipBad } = args;
  if (data === undefined) {
    const { worldJudgePairs } = await import('../../../../bench/judge/worldJudgePairs.ts');
    return worldJudgePairs({ seed: args.seed }).slice(0, limit);
  }
  const { readPairs } = await import('../../../../datasets/index.ts');
  const read = await readPairs(data, { limit, adapter, skipBad });
  noteReport({ out: data, 'data-adapter': adapter, 'skip-bad': skipBad }, read, session);
  return read.pairs;
}

/** A table without a single verdict is no result. */
function refuseAllFailed(results: readonly NamedJudgeResult[]): void {
  const failed = results.filter(({ overall }) => overall.failed === overall.pairs);
  if (failed.length < results.length) return;
  const reasons = failed.map(({ spec, errors }) => `${spec}: ${Object.keys(errors)[0]}`);
  throw new UserError(
    'judge.allFailed',
    `No judge gave a verdict.\n${reasons.join('\n')}\nMend the judge or the data.`,
  );
}
