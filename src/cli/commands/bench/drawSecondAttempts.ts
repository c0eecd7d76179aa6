import { stat } from 'node:fs/promises';

import type { PromptRow, SampleRow, TokenizedPrompt } from '../../../../datasets/index.ts';
import { listProblems } from '../../../../datasets/listProblems.ts';
import { UserError } from '../../../base/userError.ts';
import type { Session } from '../../command.ts';
import type { PromptSamples } from '../../judges/scoreSamples.ts';
import type { OpenPolicy } from '../../openPolicy.ts';

/** Answers between two writes of the table. */
const PART = 256;

export interface SecondAttemptOptions {
  /** What the policy is asked after its first answer. */
  ask: string;
  maxNewTokens: number;
  temperature: number;
  seed: number;
  /** How prompts are written. */
  format: 'chat' | 'transcript';
  bf16: boolean;
}

/** A first answer as the conversation that the policy goes on with. */
interface Attempt {
  promptId: string;
  k: number;
  conversation: PromptRow;
}

/**
 * Has the policy look again at each of its answers, and writes a table of samples with what it says then, under the ids of
 * the first answers. The table is written anew after each part: where it exists, the answers in it are not drawn again.
 *
 * @returns ids of first answers that leave no room for a second one
 * @throws {UserError} when the table that exists was drawn otherwise, or of other first answers; the table stays
 * @throws the signal's reason when it is aborted; what is written stays
 */
export async function drawSecondAttempts(
  path: string,
  first: readonly PromptSamples[],
  open: OpenPolicy,
  options: SecondAttemptOptions,
  session: Session,
): Promise<string[]> {
  const { tokenizePrompts, writeArrowFile } = await import('../../../../datasets/index.ts');
  const { createSampler, describeSampling } = await import('../../../sampling/index.ts');
  const { policy, tokenizer, hash } = open;
  const { ask, maxNewTokens, temperature, seed, format, bf16 } = options;
  const attempts = new Map(attemptsOf(first, ask).map((attempt) => [attempt.conversation.id, attempt]));
  const { kept, dropped } = tokenizePrompts(
    tokenizer,
    Array.from(attempts.values(), ({ conversation }) => conversation),
    {
      contextLength: policy.config.contextLength,
      maxNewTokens,
      longPrompts: 'drop',
      format,
      optionNames: { maxNewTokens: '--max-new-tokens', longPrompts: '--before' },
    },
  );
  const metadata = {
    policy: hash,
    ask,
    maxNewTokens: `${maxNewTokens}`,
    temperature: `${temperature}`,
    seed: `${seed}`,
  };
  const rows = await drawnBefore(path, metadata, kept);
  const known = new Set(rows.map(({ id }) => id));
  const left = kept.filter(({ prompt }) => !known.has(prompt.id));
  const sampler = createSampler(policy);
  try {
    for (let start = 0; start < left.length; start += PART) {
      const part = left.slice(start, start + PART);
      const answers = await sampler.generate(
        part.map(({ prompt, tokenIds }) => ({ key: prompt.id, promptTokens: tokenIds })),
        {
          maxNewTokens,
          temperature,
          seed,
          endToken: tokenizer.eosTokenId ?? -1,
          padToken: tokenizer.padTokenId ?? 0,
          bf16,
          signal: session.io.interruptSignal(),
          onProgress: (done) => session.status.update(`Second answers: ${known.size + start + done} of ${kept.length}`),
        },
      );
      for (const [at, { tokenIds, tokenLogProbs, finishReason }] of answers.entries()) {
        const { prompt, tokenIds: asked } = part[at]!;
        const { promptId, k } = attempts.get(prompt.id)!;
        rows.push({
          id: prompt.id,
          prompt_id: promptId,
          k,
          text: tokenizer.decode(tokenIds, { skipSpecialTokens: true }),
          prompt_token_ids: [...asked],
          token_ids: tokenIds,
          token_logps: tokenLogProbs,
          finish_reason: finishReason,
          policy_hash: hash,
          sampler: describeSampling(options),
        });
      }
      await writeArrowFile(path, 'samples', rows, { metadata });
    }
  } finally {
    sampler.dispose();
    session.status.clear();
  }
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

/** The rows of a table that was drawn before in the same way; none where there is no table. */
async function drawnBefore(
  path: string,
  metadata: Record<string, string>,
  kept: readonly TokenizedPrompt[],
): Promise<SampleRow[]> {
  if ((await stat(path).catch(() => null)) === null) return [];
  const { readArrowTable } = await import('../../../../datasets/index.ts');
  const table = await readArrowTable(path, 'samples');
  const asked = new Map(kept.map(({ prompt, tokenIds }) => [prompt.id, tokenIds.join()]));
  const odd = [
    ...Object.entries(metadata)
      .filter(([name, value]) => table.metadata[name] !== value)
      .map(([name, value]) => `${name}: now "${value}", there ${quoted(table.metadata[name])}`),
    ...table.rows
      .filter(({ id, prompt_token_ids }) => asked.get(id) !== prompt_token_ids.join())
      .map(({ id }) => `${id}: not of the first answer in --before`),
  ];
  if (odd.length === 0) return [...table.rows];
  throw new UserError(
    'selfCorrect.drawnOtherwise',
    `--after: expected no file, or answers drawn in the same way, found other ones in "${path}":\n${listProblems(odd)}\n` +
      'Name a file that does not exist, or leave --policy out to take the answers as they are.',
  );
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'none' : `"${text}"`;
}
