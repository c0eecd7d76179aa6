import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { defineCommand } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { JUDGE_OPTIONS } from '../../judges/judgeOptions.ts';
import { checkWhole } from '../data/checkWhole.ts';
import { DRAWN_SAMPLES_OPTIONS, drawSamples } from './drawSamples.ts';
import { SAMPLES_OPTIONS, withJudgments, withoutFailed } from './samplesOptions.ts';

export const rerankCommand = defineCommand({
  usage: 'rerank',
  summary: 'Right answers by who chooses one of K: pass@1, majority, the policy itself, a judge',
  positionals: {},
  options: {
    ...DRAWN_SAMPLES_OPTIONS,
    check: {
      type: 'string',
      requiresArg: true,
      default: 'verifier:numeric',
      describe: 'Who tells right from wrong: a verifier; right answers by --references',
    },
    self: {
      type: 'string',
      requiresArg: true,
      describe: 'The policy of the samples as its own judge, such as policy/rubric:<folder>',
    },
    judge: { type: 'string', requiresArg: true, describe: 'Another judge that chooses' },
    ...SAMPLES_OPTIONS,
    ...JUDGE_OPTIONS,
  },
  examples: [
    [
      '$0 bench rerank --samples s.arrow --prompts p.jsonl --references right.jsonl --judge ./my-judge',
      'Majority against a judge',
    ],
    [
      '$0 bench rerank --samples s.arrow --prompts p.jsonl --references r.jsonl --self policy/mt-bench:./my-model',
      'The policy chooses among its own',
    ],
    [
      '$0 bench rerank --policy ./my-model -k 16 --samples s.arrow --prompts p.jsonl --references r.jsonl',
      'Answers drawn now',
    ],
  ],
  run: async (args, session) => {
    const { finalOf, renderRerank, rerank, rerankRows, shareTable } = await import('../../../../bench/index.ts');
    const { checkSamples, readSamples, scoreSamples } = await import('../../judges/scoreSamples.ts');

    const seed = checkWhole('--seed', args.seed, 0);
    const left = await drawSamples(args, session);
    const prompts = await readSamples(args.samples, args.prompts);
    const { right, self, judge } = await withJudgments(args, session, async (context) => ({
      right: await checkSamples(args.check, prompts, context),
      self: args.self === undefined ? undefined : await scoreSamples(args.self, prompts, context),
      judge: args.judge === undefined ? undefined : await scoreSamples(args.judge, prompts, context),
    }));
    const { rows, warnings } = withoutFailed(
      prompts.map(({ id, samples }, at) => {
        const parts = [right[at]!, self?.scores[at], judge?.scores[at]];
        if (parts.some((part) => part?.includes(null))) return { id, row: null };
        const row = {
          right: right[at] as boolean[],
          finals: samples.map(({ text }) => finalOf(text)),
          self: self?.scores[at] as number[] | undefined,
          judge: judge?.scores[at] as number[] | undefined,
        };
        return { id, row };
      }),
    );
    warnings.unshift(...left);
    if (rows.length === 0) {
      throw new UserError('judge.allFailed', `${warnings.join('; ')}. No prompt is judged whole: mend the judges.`);
    }
    const figures = rerank(rows, { seed });
    const judges = { self: self?.judge ?? null, judge: judge?.judge ?? null };
    const summary = `${rows.length} prompts, checked by ${args.check}`;
    if (args.html !== undefined) await writeFileAtomic(args.html, renderRerank(figures, { summary, warnings }));
    if (args.json) {
      session.printJson({ ...figures, judges, warnings });
      return 0;
    }
    for (const warning of warnings) session.note(`warning: ${warning}`);
    session.print(`${summary}\n${alignColumns(shareTable('who chooses', rerankRows(figures)), [1, 2])}`);
    if (args.html !== undefined) session.print(args.html);
    return 0;
  },
});
