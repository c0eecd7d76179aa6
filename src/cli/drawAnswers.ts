import { stat } from 'node:fs/promises';

import type { SampleRow } from '../../datasets/index.ts';
import { listProblems } from '../../datasets/listProblems.ts';
import { UserError } from '../base/userError.ts';
import type { Sampler } from '../sampling/index.ts';
import type { Session } from './command.ts';
import type { OpenPolicy } from './openPolicy.ts';

/** Answers that are drawn together. */
const PART = 256;

/** The table is written when it has this many times the rows it had: writing it after each part would be quadratic. */
const GROWTH = 9 / 8;

/** A prompt in tokens, and the rows that its answers become: as many for each prompt. */
export interface AskedPrompt {
  /** Names the random stream of its answers. */
  key: string;
  tokenIds: readonly number[];
  rows: readonly Pick<SampleRow, 'id' | 'prompt_id' | 'k'>[];
}

export interface DrawAnswersOptions {
  /** Draws from the policy; what it compiled serves the next call, too. */
  sampler: Sampler;
  maxNewTokens: number;
  temperature: number;
  seed: number;
  bf16: boolean;
  /**
   * Table of samples to write, anew when it has grown by an eighth and at the end; where it exists, what is in it is not drawn
   * again. Without a path nothing is kept.
   */
  path?: string | undefined;
  /** The path's option, for messages. */
  option: string;
  /** What is drawn, for the progress. */
  what: string;
}

/**
 * Draws answers of a policy, and goes on where a table of them is begun.
 *
 * @returns rows of all prompts
 * @throws {UserError} when the table that exists was drawn otherwise, or of other prompts; the table stays
 * @throws the signal's reason when it is aborted; what was drawn by then is written
 */
export async function drawAnswers(
  prompts: readonly AskedPrompt[],
  { tokenizer, hash }: OpenPolicy,
  options: DrawAnswersOptions,
  session: Session,
): Promise<SampleRow[]> {
  const { writeArrowFile } = await import('../../datasets/index.ts');
  const { describeSampling } = await import('../sampling/index.ts');
  const { sampler, path, maxNewTokens, temperature, seed, bf16 } = options;
  const samples = prompts[0]?.rows.length ?? 1;
  const metadata = {
    policy: hash,
    perPrompt: `${samples}`,
    maxNewTokens: `${maxNewTokens}`,
    temperature: `${temperature}`,
    seed: `${seed}`,
  };
  const rows = path === undefined ? [] : await drawnBefore(path, options.option, metadata, prompts);
  const known = new Set(rows.map(({ id }) => id));
  const left = prompts.filter((prompt) => !prompt.rows.every(({ id }) => known.has(id)));
  const total = prompts.length * samples;
  let written = rows.length;
  const keep = async (): Promise<void> => {
    if (path === undefined || rows.length === written) return;
    await writeArrowFile(path, 'samples', rows, { metadata });
    written = rows.length;
  };
  try {
    const step = Math.max(1, Math.floor(PART / samples));
    for (let start = 0; start < left.length; start += step) {
      const part = left.slice(start, start + step);
      const before = rows.length;
      const answers = await sampler.generate(
        part.map(({ key, tokenIds }) => ({ key, promptTokens: tokenIds })),
        {
          samples,
          maxNewTokens,
          temperature,
          seed,
          endToken: tokenizer.eosTokenId ?? -1,
          padToken: tokenizer.padTokenId ?? 0,
          bf16,
          signal: session.io.interruptSignal(),
          onProgress: (done) => session.status.update(`${options.what}: ${before + done} of ${total}`),
        },
      );
      const drawn = answers.map(({ tokenIds, tokenLogProbs, finishReason }, at): SampleRow => {
        const prompt = part[Math.floor(at / samples)]!;
        return {
          ...prompt.rows[at % samples]!,
          text: tokenizer.decode(tokenIds, { skipSpecialTokens: true }),
          prompt_token_ids: [...prompt.tokenIds],
          token_ids: tokenIds,
          token_logps: tokenLogProbs,
          finish_reason: finishReason,
          policy_hash: hash,
          sampler: describeSampling(options),
        };
      });
      // Whole prompts only: one of which some answers are there would be drawn again beside them.
      for (const row of drawn) rows.push(row);
      if (rows.length >= GROWTH * written) await keep();
    }
    await keep();
  } catch (error) {
    // What went wrong first is told, also where the disk then refuses the table.
    await keep().catch(() => undefined);
    throw error;
  } finally {
    session.status.clear();
  }
  return rows;
}

/** The rows of a table that was drawn before in the same way; none where there is no table. */
async function drawnBefore(
  path: string,
  option: string,
  metadata: Record<string, string>,
  prompts: readonly AskedPrompt[],
): Promise<SampleRow[]> {
  if ((await stat(path).catch(() => null)) === null) return [];
  const { readArrowTable } = await import('../../datasets/index.ts');
  const table = await readArrowTable(path, 'samples');
  const asked = new Map(prompts.flatMap(({ rows, tokenIds }) => rows.map(({ id }) => [id, tokenIds.join()] as const)));
  const odd = [
    ...Object.entries(metadata)
      .filter(([name, value]) => table.metadata[name] !== value)
      .map(([name, value]) => `${name}: now "${value}", there ${quoted(table.metadata[name])}`),
    ...table.rows
      .filter(({ id, prompt_token_ids }) => asked.get(id) !== prompt_token_ids.join())
      .map(({ id }) => `${id}: ${asked.has(id) ? 'answers another prompt' : 'answers none of the prompts now asked'}`),
  ];
  if (odd.length === 0) return [...table.rows];
  throw new UserError(
    'samples.drawnOtherwise',
    `${option}: expected no file, or answers drawn in the same way, found other ones in "${path}":\n${listProblems(odd)}\n` +
      'Remove it, or name another one.',
  );
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'none' : `"${text}"`;
}
