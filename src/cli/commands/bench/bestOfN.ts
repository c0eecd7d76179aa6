import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { defineCommand } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { JUDGE_OPTIONS } from '../../judges/judgeOptions.ts';
import { checkWhole } from '../data/checkWhole.ts';
import { DRAWN_SAMPLES_OPTIONS, drawSamples } from './drawSamples.ts';
import { SAMPLES_OPTIONS, withJudgments, withoutFailed } from './samplesOptions.ts';

export const bestOfNCommand = defineCommand({
  usage: 'best-of-n',
  summary: 'How good the best of n answers is, chosen by one judge and scored by it or another',
  positionals: {},
  options: {
    ...DRAWN_SAMPLES_OPTIONS,
    judge: { type: 'string', requiresArg: true, default: 'default', describe: 'Who chooses; any judge' },
    gold: {
      type: 'string',
      requiresArg: true,
      describe: 'Who scores what is chosen: shows where choosing overfits the judge',
      defaultDescription: '--judge',
    },
    ...SAMPLES_OPTIONS,
    ...JUDGE_OPTIONS,
  },
  examples: [
    ['$0 bench best-of-n --samples samples.arrow --prompts p.jsonl --judge ./my-judge', 'By the score it chooses by'],
    [
      '$0 bench best-of-n --samples s.arrow --prompts p.jsonl --judge ./my-judge --gold verifier:numeric --references r.jsonl',
      'Against right answers',
    ],
    [
      '$0 bench best-of-n --policy ./my-model -k 16 --samples s.arrow --prompts p.jsonl --judge ./my-judge',
      'Sixteen answers drawn now',
    ],
  ],
  run: async (args, session) => {
    const { bestOfN, bestOfTable, renderBestOfN } = await import('../../../../bench/index.ts');
    const { readSamples, scoreSamples } = await import('../../judges/scoreSamples.ts');

    const seed = checkWhole('--seed', args.seed, 0);
    const left = await drawSamples(args, session);
    const prompts = await readSamples(args.samples, args.prompts);
    const [proxy, gold] = await withJudgments(args, session, async (context) => {
      const chosen = await scoreSamples(args.judge, prompts, context);
      return [chosen, args.gold === undefined ? chosen : await scoreSamples(args.gold, prompts, context)];
    });
    const { rows, warnings } = withoutFailed(
      prompts.map(({ id }, at) => ({ id, row: whole({ proxy: proxy.scores[at]!, gold: gold.scores[at]! }) })),
    );
    warnings.unshift(...left);
    if (rows.length === 0) {
      throw new UserError('judge.allFailed', `${warnings.join('; ')}. No prompt is judged whole: mend the judge.`);
    }
    const counts = rows.map((row) => row.proxy.length).sort((a, b) => a - b);
    const [fewest, most] = [counts[0]!, counts.at(-1)!];
    if (fewest < most) warnings.push(`prompts have ${fewest} to ${most} answers; the curve ends at the fewest`);
    const points = bestOfN(rows, { seed });
    const summary = `${rows.length} prompts, chosen by ${proxy.judge}, scored by ${gold.judge}`;
    if (args.html !== undefined) await writeFileAtomic(args.html, renderBestOfN(points, { summary, warnings }));
    if (args.json) {
      session.printJson({ prompts: rows.length, judge: proxy.judge, gold: gold.judge, points, warnings });
      return 0;
    }
    for (const warning of warnings) session.note(`warning: ${warning}`);
    session.print(`${summary}\n${alignColumns(bestOfTable(points), [0, 1, 2, 3])}`);
    if (args.html !== undefined) session.print(args.html);
    return 0;
  },
});

function whole({
  proxy,
  gold,
}: Record<'proxy' | 'gold', (number | null)[]>): Record<'proxy' | 'gold', number[]> | null {
  return known(proxy) && known(gold) ? { proxy, gold } : null;
}

function known(scores: (number | null)[]): scores is number[] {
  return !scores.includes(null);
}
