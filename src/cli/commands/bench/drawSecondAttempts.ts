import type { PromptRow } from '../../../../datasets/index.ts';
import type { Session } from '../../command.ts';
import { drawAnswers } from '../../drawAnswers.ts';
import type { PromptSamples } from '../../judges/scoreSamples.ts';
import type { OpenPolicy } from '../../openPolicy.ts';
import type { Sampling } from './samplingOptions.ts';

export interface SecondAttemptOptions extends Sampling {
  /** Table of samples to write. */
  path: string;
  /** What the policy is asked after its first answer. */
  ask: string;
}

/** A first answer as the conversation that the policy goes on with. */
interface Attempt {
  promptId: string;
  k: number;
  conversation: PromptRow;
}

/**
 * Has the policy look again at each of its answers, and writes a table of samples with what it says then, under the ids of
 * the first answers. Goes on where the table is begun.
 *
 * @returns ids of first answers that leave no room for a second one
 * @throws as drawAnswers
 */
export async function drawSecondAttempts(
  first: readonly PromptSamples[],
  open: OpenPolicy,
  options: SecondAttemptOptions,
  session: Session,
): Promise<string[]> {
  const { tokenizePrompts } = await import('../../../../datasets/index.ts');
  const attempts = new Map(attemptsOf(first, options.ask).map((attempt) => [attempt.conversation.id, attempt]));
  const { kept, dropped } = tokenizePrompts(
    open.tokenizer,
    Array.from(attempts.values(), ({ conversation }) => conversation),
    {
      contextLength: open.policy.config.contextLength,
      maxNewTokens: options.maxNewTokens,
      longPrompts: 'drop',
      format: options.format,
      optionNames: { maxNewTokens: '--max-new-tokens' },
    },
  );
  const asked = kept.map(({ prompt: { id }, tokenIds }) => {
    const { promptId, k } = attempts.get(id)!;
    return { key: id, tokenIds, rows: [{ id, prompt_id: promptId, k }] };
  });
  await drawAnswers(asked, open, { ...options, option: '--after', what: 'Second answers' }, session);
  return dropped.map(({ id }) => id);
}

function attemptsOf(first: readonly PromptSamples[], ask: string): Attempt[] {
  return first.flatMap(({ id, prompt, samples }) =>
    samples.map(({ k, text }) => ({
      promptId: id,
      k,
      conversation: {
        id: `${id}/${k}`,
        source: 'second attempt',
        messages: [...prompt, { role: 'assistant', content: text }, { role: 'user', content: ask }],
      },
    })),
  );
}
