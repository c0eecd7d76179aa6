import { join } from 'node:path';

import type { ContaminationFigures, EntropyProfiles, RocArea } from '../../../../bench/index.ts';
import type { PromptRow } from '../../../../datasets/index.ts';
import { makeFolder } from '../../../base/makeFolder.ts';
import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import { outputFault } from '../../../base/outputFault.ts';
import { defineCommand, type Session } from '../../command.ts';
import { drawAnswers, type DrawAnswersOptions } from '../../drawAnswers.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { openPolicy, POLICY_OPTIONS, type OpenPolicy } from '../../openPolicy.ts';
import { checkWhole } from '../data/checkWhole.ts';

/** Prompts that are named. */
const SHOWN = 10;

export const contaminationCommand = defineCommand({
  usage: 'contamination',
  summary: 'Which prompts a policy seems to have seen in reinforcement learning, by Self-Critique',
  positionals: {},
  options: {
    ...POLICY_OPTIONS,
    prompts: { type: 'string', requiresArg: true, demandOption: true, describe: 'File of prompts under suspicion' },
    unseen: {
      type: 'string',
      requiresArg: true,
      describe: 'File of prompts that the policy cannot have seen, to compare with: tells the area under the ROC curve',
    },
    'max-new-tokens': { type: 'number', requiresArg: true, default: 128, describe: 'Longest answer, in tokens' },
    store: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder that keeps the answers as tables of samples: a run that was stopped draws the rest',
    },
    html: { type: 'string', requiresArg: true, describe: 'Write a page with plots to this file' },
  },
  examples: [
    ['$0 bench contamination --policy ./my-model --prompts test.jsonl --unseen new.jsonl', 'Against fresh prompts'],
  ],
  run: async (args, session) => {
    const bench = await import('../../../../bench/index.ts');
    const { promptFormat, readPrompts } = await import('../../../../datasets/index.ts');
    const { choosePrecision } = await import('../../../engine/index.ts');
    const maxNewTokens = checkWhole('--max-new-tokens', args['max-new-tokens'], 1);
    const prompts = await readPrompts(args.prompts);
    const others = args.unseen === undefined ? null : await readPrompts(args.unseen);
    const { createSampler } = await import('../../../sampling/index.ts');
    const format = await promptFormat(args.prompts);
    const { store } = args;
    if (store !== undefined) {
      await makeFolder(store).catch((error: unknown) => {
        throw outputFault(error, store);
      });
    }
    const open = await openPolicy(args, session);
    const sampler = createSampler(open.policy);
    const bf16 = choosePrecision(args.precision) === 'bf16';
    const warnings: string[] = [];
    const measure = async (rows: readonly PromptRow[], name: string) => {
      const settings = { sampler, maxNewTokens, bf16, format, store, name };
      const { profiles, dropped } = await profilesOf(open, rows, settings, session);
      if (dropped > 0)
        warnings.push(`${dropped} of ${rows.length} ${name} leave no room for an answer and are left out`);
      const figures = bench.contaminationFigures(profiles);
      if (figures.empty > 0) warnings.push(`${figures.empty} of ${rows.length} ${name} got an empty answer: no score`);
      if (figures.prompts.length > 0) return figures;
      throw new UserError(
        'contamination.none',
        `No score for any of ${rows.length} ${name}: ${warnings.join('; ')}. Lower --max-new-tokens, or give shorter prompts.`,
      );
    };
    try {
      const figures = await measure(prompts, 'prompts');
      const unseen = others && (await measure(others, 'unseen prompts'));
      const roc = unseen && bench.rocArea(scores(figures), scores(unseen));
      session.status.clear();
      const summary =
        `${figures.prompts.length} prompts, mean score ${figures.mean.toFixed(3)}` +
        (unseen ? `; ${unseen.prompts.length} unseen, mean ${unseen.mean.toFixed(3)}, AUC ${describeArea(roc!)}` : '');
      if (args.html !== undefined) {
        await writeFileAtomic(args.html, bench.renderContamination(figures, unseen, summary, warnings));
      }
      if (args.json) {
        session.printJson({
          ...figures,
          unseen,
          auc: roc?.area ?? null,
          aucInterval: roc?.interval ?? null,
          policy: open.hash,
          warnings,
        });
        return 0;
      }
      for (const warning of warnings) session.note(`warning: ${warning}`);
      const named = figures.prompts.slice(0, SHOWN).map(({ id, score }) => [id, score.toFixed(3)]);
      session.print(`${summary}\n${alignColumns([['most suspect', 'score'], ...named], [1])}`);
      if (args.html !== undefined) session.print(args.html);
      return 0;
    } finally {
      sampler.dispose();
      open.policy.dispose();
    }
  },
});

function scores({ prompts }: ContaminationFigures): number[] {
  return prompts.map(({ score }) => score);
}

function describeArea({ area, interval }: RocArea): string {
  return area.toFixed(3) + (interval ? ` (${interval[0].toFixed(3)} to ${interval[1].toFixed(3)})` : '');
}

interface ProfileSettings extends Pick<DrawAnswersOptions, 'sampler' | 'maxNewTokens' | 'bf16'> {
  format: 'chat' | 'transcript';
  /** Folder of the answers' tables. */
  store: string | undefined;
  /** Of the prompts: names their tables. */
  name: string;
}

/** Greedy answers to prompts, and to the prompts with the question for a different answer. */
async function profilesOf(
  open: OpenPolicy,
  prompts: readonly PromptRow[],
  { sampler, maxNewTokens, bf16, format, store, name }: ProfileSettings,
  session: Session,
): Promise<{ profiles: EntropyProfiles[]; dropped: number }> {
  const { tokenizePrompts } = await import('../../../../datasets/index.ts');
  const { createEntropyProfiler } = await import('../../../../bench/index.ts');
  const room = { contextLength: open.policy.config.contextLength, maxNewTokens, longPrompts: 'drop', format } as const;
  const profiler = createEntropyProfiler(open.policy);
  const signal = session.io.interruptSignal();
  const greedy = async (rows: readonly PromptRow[], what: string) => {
    const found = new Map<string, { text: string; entropies: number[] }>();
    if (rows.length === 0) return found;
    const asked = tokenizePrompts(open.tokenizer, rows, room).kept.map(({ prompt: { id }, tokenIds }) => {
      return { key: id, tokenIds, rows: [{ id: `${id}/0`, prompt_id: id, k: 0 }] };
    });
    const path = store && join(store, `${name} ${what}.arrow`.replaceAll(' ', '-'));
    const drawing = {
      sampler,
      maxNewTokens,
      bf16,
      temperature: 0,
      seed: 0,
      path,
      option: '--store',
      what: `${name}, ${what}`,
    };
    for (const { prompt_id, text, prompt_token_ids: prompt, token_ids: answer } of await drawAnswers(
      asked,
      open,
      drawing,
      session,
    )) {
      signal.throwIfAborted();
      const entropies = answer.length === 0 ? [] : await profiler.profile({ prompt, answer });
      found.set(prompt_id, { text, entropies });
    }
    return found;
  };
  try {
    const first = await greedy(prompts, 'first answers');
    const again = prompts.flatMap((row) => {
      const known = first.get(row.id);
      return known ? [otherAnswer(row, known.text)] : [];
    });
    const second = await greedy(again, 'different answers');
    const profiles = Array.from(second, ([id, { entropies }]) => {
      return { id, first: first.get(id)!.entropies, second: entropies };
    });
    return { profiles, dropped: prompts.length - profiles.length };
  } finally {
    profiler.dispose();
  }
}

/** The prompt with a possible answer, and the wish for a different one. */
function otherAnswer(row: PromptRow, answer: string): PromptRow {
  const last = row.messages.at(-1)!;
  const content =
    `${last.content}\n\nA possible answer is:\n${answer}\n\n` +
    'Give an answer that differs from it in how it gets there, and do not repeat it.';
  return { ...row, messages: [...row.messages.slice(0, -1), { ...last, content }] };
}
