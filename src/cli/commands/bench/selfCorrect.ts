import { listProblems } from '../../../../datasets/listProblems.ts';
import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { groupByPrompt } from '../../../loop/groupByPrompt.ts';
import { defineCommand } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { JUDGE_OPTIONS } from '../../judges/judgeOptions.ts';
import type { PromptSamples } from '../../judges/scoreSamples.ts';
import { checkWhole } from '../data/checkWhole.ts';
import { SAMPLES_OPTIONS, withJudgments, withoutFailed } from './samplesOptions.ts';
import { SAMPLING_OPTIONS, withPolicy } from './samplingOptions.ts';

/** @see Kumar et al. 2024, "Training Language Models to Self-Correct via Reinforcement Learning", arXiv:2409.12917, appendix */
const LOOK_AGAIN =
  'There might be an error in the solution above because of lack of understanding of the question. ' +
  'Please correct the error, if any, and rewrite the solution.';

export const selfCorrectCommand = defineCommand({
  usage: 'self-correct',
  summary: 'What a second look does to answers: confidence (CL), critique (CS) and relative score (RSS)',
  positionals: {},
  options: {
    before: { type: 'string', requiresArg: true, demandOption: true, describe: 'Table of samples: first answers' },
    after: {
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe:
        'Table of samples: the answers after a second look, of the same prompts and numbers; with --policy, written',
    },
    ...SAMPLING_OPTIONS,
    ask: { type: 'string', requiresArg: true, default: LOOK_AGAIN, describe: 'What the policy is asked to do' },
    check: {
      type: 'string',
      requiresArg: true,
      default: 'verifier:numeric',
      describe: 'Who tells right from wrong: a verifier; right answers by --references',
    },
    ...SAMPLES_OPTIONS,
    ...JUDGE_OPTIONS,
  },
  examples: [
    [
      '$0 bench self-correct --before first.arrow --after second.arrow --prompts p.jsonl --references right.jsonl',
      'Does looking again help?',
    ],
    [
      '$0 bench self-correct --policy ./my-model --before first.arrow --after second.arrow --prompts p.jsonl --references r.jsonl',
      'The policy looks again now',
    ],
  ],
  run: async (args, session) => {
    const bench = await import('../../../../bench/index.ts');
    const { checkSamples, readSamples } = await import('../../judges/scoreSamples.ts');

    const seed = checkWhole('--seed', args.seed, 0);
    const all = await readSamples(args.before, args.prompts);
    const noRoom = await withPolicy(args, session, async (open, sampling) => {
      const { drawSecondAttempts } = await import('./drawSecondAttempts.ts');
      return drawSecondAttempts(all, open, { ...sampling, path: args.after, ask: args.ask }, session);
    });
    const dropped = new Set(noRoom);
    const before = all.map((prompt) => ({
      ...prompt,
      samples: prompt.samples.filter(({ k }) => !dropped.has(`${prompt.id}/${k}`)),
    }));
    const after = await readSamples(args.after, args.prompts);
    checkSame(before, after);
    const [first, second] = await withJudgments(args, session, async (context) => [
      answersBy(before, await checkSamples(args.check, before, context)),
      answersBy(after, await checkSamples(args.check, after, context)),
    ]);
    const { rows, warnings } = withoutFailed(
      Array.from(first, ([id, { right }]) => {
        const { prompt_id, right: later } = second.get(id)!;
        return { id, row: right === null || later === null ? null : { prompt_id, before: right, after: later } };
      }),
    );
    if (rows.length === 0) {
      throw new UserError('judge.allFailed', `${warnings.join('; ')}. No answer is checked: mend the verifier.`);
    }
    if (dropped.size > 0) {
      warnings.push(`${dropped.size} first answers leave no room for a second one and are left out`);
    }
    const figures = bench.selfCorrection(rows);
    const intervals = bench.selfCorrectionIntervals([...groupByPrompt(rows).values()], { seed });
    const summary = `${rows.length} answers, checked by ${args.check}`;
    if (args.html !== undefined) {
      await writeFileAtomic(args.html, bench.renderSelfCorrection(figures, intervals, { summary, warnings }));
    }
    if (args.json) {
      session.printJson({ ...figures, intervals, warnings });
      return 0;
    }
    for (const warning of warnings) session.note(`warning: ${warning}`);
    const table = bench.shareTable('figure', bench.selfCorrectionRows(figures, intervals));
    session.print(`${summary}: ${figures.fixed} fixed, ${figures.broken} broken\n${alignColumns(table, [1, 2])}`);
    if (args.html !== undefined) session.print(args.html);
    return 0;
  },
});

/** Answers by prompt and number. */
function answersBy(
  prompts: readonly PromptSamples[],
  values: readonly (boolean | null)[][],
): Map<string, { prompt_id: string; right: boolean | null }> {
  return new Map(
    prompts.flatMap(({ id, samples }, row) =>
      samples.map(({ k }, at) => [`${id}/${k}`, { prompt_id: id, right: values[row]![at]! }] as const),
    ),
  );
}

function checkSame(before: readonly PromptSamples[], after: readonly PromptSamples[]): void {
  const [first, second] = [names(before), names(after)];
  const odd = [
    ...[...first].filter((id) => !second.has(id)).map((id) => `${id} has no answer in --after`),
    ...[...second].filter((id) => !first.has(id)).map((id) => `${id} has no answer in --before`),
  ];
  if (odd.length === 0) return;
  throw new UserError(
    'selfCorrect.unlike',
    `--before and --after: expected answers to the same prompts, found ${odd.length} without the other:\n${listProblems(odd)}\n` +
      'Sample both on the same prompts, with the same -k.',
  );
}

function names(prompts: readonly PromptSamples[]): Set<string> {
  return new Set(prompts.flatMap(({ id, samples }) => samples.map(({ k }) => `${id}/${k}`)));
}
