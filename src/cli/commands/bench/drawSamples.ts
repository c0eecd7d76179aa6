import type { Session } from '../../command.ts';
import { drawAnswers } from '../../drawAnswers.ts';
import { checkWhole } from '../data/checkWhole.ts';
import { SAMPLING_OPTIONS, withPolicy, type SamplingArguments } from './samplingOptions.ts';

/** Options of the commands that take several answers to a prompt from a table, or draw them into it. */
export const DRAWN_SAMPLES_OPTIONS = {
  samples: {
    type: 'string',
    requiresArg: true,
    demandOption: true,
    describe: 'Table of samples, several to a prompt; with --policy, written',
  },
  ...SAMPLING_OPTIONS,
  'per-prompt': {
    type: 'number',
    alias: 'k',
    requiresArg: true,
    default: 8,
    describe: 'Answers of --policy to each prompt',
  },
} as const;

/**
 * Where `--policy` is given, draws its answers into the table of `--samples`: those that `sample` would draw with the same
 * seed. Goes on where the table is begun.
 *
 * @returns what is to be told about it
 */
export async function drawSamples(
  args: SamplingArguments & { prompts: string; samples: string; 'per-prompt': number },
  session: Session,
): Promise<string[]> {
  const count = checkWhole('--per-prompt', args['per-prompt'], 1);
  const told = await withPolicy(args, session, async (open, { format, ...sampling }) => {
    const { readPrompts, tokenizePrompts } = await import('../../../../datasets/index.ts');
    const prompts = await readPrompts(args.prompts);
    const { kept, dropped } = tokenizePrompts(open.tokenizer, prompts, {
      contextLength: open.policy.config.contextLength,
      maxNewTokens: sampling.maxNewTokens,
      longPrompts: 'drop',
      format,
      optionNames: { maxNewTokens: '--max-new-tokens' },
    });
    const asked = kept.map(({ prompt: { id }, tokenIds }) => {
      const rows = Array.from({ length: count }, (_, k) => ({ id: `${id}/${k}`, prompt_id: id, k }));
      return { key: id, tokenIds, rows };
    });
    const table = { path: args.samples, option: '--samples', what: 'Answers' };
    await drawAnswers(asked, open, { ...sampling, ...table }, session);
    return dropped.length === 0
      ? []
      : [`${dropped.length} of ${prompts.length} prompts leave no room for an answer and are left out`];
  });
  return told ?? [];
}
