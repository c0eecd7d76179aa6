import { dirname, join } from 'node:path';

import { UserError } from '../../base/userError.ts';
import { defineCommand, type Session } from '../command.ts';
import { DATA_OPTIONS, dataOptions, noteReport } from '../dataOptions.ts';
import type { JudgedItems } from '../judges/judgedItems.ts';
import { errorLines } from '../../judges/errorLines.ts';
import { formatPercent } from '../../loop/report/format.ts';
import type { JudgingSummary } from '../judges/judgeItems.ts';
import { JUDGE_OPTIONS } from '../judges/judgeOptions.ts';
import { refuseExisting } from '../openPolicy.ts';
import { checkShare } from './data/checkShare.ts';
import { checkWhole } from './data/checkWhole.ts';

export const judgeCommand = defineCommand({
  usage: 'judge',
  summary: 'Have a judge compare the answers of pairs, or all answers to each prompt',
  positionals: {},
  options: {
    judge: {
      type: 'string',
      requiresArg: true,
      default: 'default',
      describe: 'Folder, default, openai:<model>, policy:<folder>, verifier:<check> or panel:<a>,<b>',
    },
    pairs: { type: 'string', requiresArg: true, describe: 'File of pairs: chosen is answer 0, rejected answer 1' },
    samples: { type: 'string', requiresArg: true, describe: 'Table of samples, as "nashtune sample" writes it' },
    prompts: { type: 'string', requiresArg: true, describe: 'The prompts of the samples' },
    out: { type: 'string', requiresArg: true, default: 'judgments.arrow', describe: 'File to write' },
    scores: {
      type: 'string',
      requiresArg: true,
      describe: 'Where the scores go, of a judge that gives some',
      defaultDescription: 'scores.arrow beside --out',
    },
    store: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder that keeps what was judged: nothing is asked twice, also after a stop',
      defaultDescription: 'judgments.store beside --out',
    },
    'max-failed': {
      type: 'number',
      requiresArg: true,
      default: 0.5,
      describe: 'Stop when a larger share of questions fails; what was judged is kept in --store',
    },
    hindsight: {
      type: 'string',
      requiresArg: true,
      describe:
        'openai:<model> or policy:<folder>, which imagines what comes of each answer: the judge sees it, and is compared with itself at once',
    },
    limit: { type: 'number', requiresArg: true, describe: 'Take the first pairs or prompts only' },
    ...DATA_OPTIONS,
    ...JUDGE_OPTIONS,
  },
  examples: [
    ['$0 judge --pairs pairs.jsonl', 'The shipped judge on pairs'],
    ['$0 judge --judge ./PairRM-hf --samples samples.arrow --prompts prompts.jsonl', 'All answers to each prompt'],
    ['$0 judge --judge policy/mt-bench:./my-model --pairs p.jsonl', 'A policy in a folder as the judge'],
    ['$0 judge --judge openai:qwen3 --base-url http://localhost:8000/v1 --pairs p.jsonl', 'A model behind an API'],
  ],
  run: async (args, session) => {
    if (args.limit !== undefined) checkWhole('--limit', args.limit, 1);
    const limit = { maxFailed: checkShare('--max-failed', args['max-failed']), option: '--max-failed' };
    const scoresPath = args.scores ?? join(dirname(args.out), 'scores.arrow');
    await refuseExisting(args.out);
    const { createJudgmentStore, withStore } = await import('../../judges/index.ts');
    const { openHindsight } = await import('../judges/openHindsight.ts');
    const { openJudge } = await import('../judges/openJudge.ts');
    const { judgeItems } = await import('../judges/judgeItems.ts');
    const items = await readItems(args, session);
    const store = await createJudgmentStore(args.store ?? join(dirname(args.out), 'judgments.store'));
    try {
      const context = { args, session, store };
      const opened = await openJudge(args.judge, context);
      const hindsight = args.hindsight === undefined ? undefined : await openHindsight(opened, args.hindsight, context);
      const judge = withStore(hindsight ?? opened, store, limit);
      const immediate = hindsight && withStore(opened, store, limit);
      try {
        if ('score' in judge) await refuseExisting(scoresPath, '--scores');
        const summary = await judgeItems(judge, items, { ...args, scoresPath, immediate }, session);
        if (args.json) session.printJson(summary);
        else session.print(summaryText(summary));
      } finally {
        judge.dispose();
      }
    } finally {
      await store.close();
    }
    return 0;
  },
});

interface ItemArguments {
  pairs?: string | undefined;
  samples?: string | undefined;
  prompts?: string | undefined;
  limit?: number | undefined;
  out: string;
  'data-adapter': string;
  'skip-bad': string | undefined;
}

async function readItems(args: ItemArguments, session: Session): Promise<JudgedItems> {
  const { pairs, samples, prompts, limit } = args;
  if ((pairs === undefined) === (samples === undefined)) {
    throw new UserError('cli.usage', 'Expected --pairs or --samples, one of them. Name what is to be judged.');
  }
  const { readArrowFile, readPairs, readPrompts } = await import('../../../datasets/index.ts');
  const { itemsOfPairs, itemsOfSamples } = await import('../judges/judgedItems.ts');
  if (pairs !== undefined) {
    const read = await readPairs(pairs, { limit, ...dataOptions(args) });
    noteReport(args, read, session);
    return itemsOfPairs(read.pairs);
  }
  if (prompts === undefined) {
    throw new UserError('cli.usage', '--samples needs --prompts: a table of samples has no text of the prompts.');
  }
  const rows = await readArrowFile(samples!, 'samples');
  const kept = new Set([...new Set(rows.map(({ prompt_id }) => prompt_id))].slice(0, limit));
  const conversations = await readPrompts(prompts, {
    ...dataOptions(args),
    onReport: (report) => noteReport(args, report, session),
  });
  return itemsOfSamples(
    rows.filter(({ prompt_id }) => kept.has(prompt_id)),
    conversations,
    samples!,
  );
}

function summaryText(summary: JudgingSummary): string {
  const { comparisons, ties, failed, unscored, alone, errors, hindsight, seconds, cost, scores, out } = summary;
  const tokens = (cost.promptTokens ?? 0) + (cost.completionTokens ?? 0);
  return [
    `${comparisons} comparisons in ${seconds.toFixed(1)} s: ${ties} ties, ${failed} failed`,
    ...(failed > 0 ? [errorLines(errors)] : []),
    ...(unscored > 0 ? [`${unscored} answers without a score`] : []),
    ...(alone > 0 ? [`${alone} prompts with a single answer, which was compared with none`] : []),
    ...hindsightLines(hindsight),
    ...(tokens > 0
      ? [`${tokens} tokens${cost.dollars === undefined ? '' : `, ${cost.dollars.toFixed(4)} dollars`}`]
      : []),
    ...(scores === null ? [] : [scores]),
    out,
  ].join('\n');
}

function hindsightLines(report: JudgingSummary['hindsight']): string[] {
  if (!report?.winRate) return [];
  const { comparisons, flips, winRate } = report;
  return [
    `hindsight turns the winner of ${formatPercent(flips!)} of ${comparisons} comparisons; the first answer wins ` +
      `${formatPercent(winRate.immediate)} at once and ${formatPercent(winRate.hindsight)} in hindsight`,
  ];
}
