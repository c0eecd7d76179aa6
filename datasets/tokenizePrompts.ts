import { basename } from 'node:path';

import { UserError } from '../src/base/userError.ts';
import { renderChat } from './chatTemplate.ts';
import { listProblems } from './listProblems.ts';
import type { PromptRow } from './schemas.ts';
import type { Tokenizer } from './tokenizer.ts';
import { renderTranscript } from './transcript.ts';
import { checkCount } from './transforms/checkOption.ts';
import { countReasons, type TransformEntry } from './transforms/recordTransform.ts';
import { truncateLeft } from './truncateLeft.ts';

/** What to do with a prompt that leaves no room for the answer. */
export type LongPrompts = 'drop' | 'truncate-left' | 'error';

export interface TokenizePromptsOptions {
  /** Tokens the model can take, prompt and answer together. */
  contextLength: number;
  /** Room to leave for the answer, in tokens. */
  maxNewTokens: number;
  /** Longest prompt, in tokens, where the context has room for more. Default: no limit of its own. */
  maxPromptLength?: number;
  longPrompts: LongPrompts;
  /**
   * How messages become text: `chat` (default) by the tokenizer's chat template, `transcript` as plain
   * `\n\nHuman: ...\n\nAssistant:`, which gives an HH prompt back as it stood in its file.
   */
  format?: 'chat' | 'transcript';
  /** What the user calls the two options above, for messages; one without a name cannot be set. Default: as recipes do. */
  optionNames?: { maxNewTokens: string; longPrompts?: string };
}

const RECIPE_NAMES = { maxNewTokens: 'sampling.maxNewTokens', longPrompts: 'data.longPrompts' };

export interface TokenizedPrompt {
  prompt: PromptRow;
  tokenIds: number[];
  /** Tokens taken off the left under `truncate-left`, else 0. */
  cutTokens: number;
}

export interface DroppedPrompt {
  id: string;
  tokens: number;
  /**
   * The prompt alone is longer than the context, or it fits and leaves less than `maxNewTokens`, or it leaves that and is longer
   * than `maxPromptLength`.
   */
  reason: 'exceeds-context' | 'no-room' | 'too-long';
}

export interface TokenizedPrompts {
  kept: TokenizedPrompt[];
  dropped: DroppedPrompt[];
  /** What was done, to note in a file of tokens. */
  entry: TransformEntry;
}

/**
 * Turns prompts into the tokens a policy continues: rendered up to the policy's turn, encoded without special tokens, so
 * that no BOS stands beside one the template wrote. `truncate-left` keeps a leading BOS and the end of the prompt.
 *
 * @throws {UserError} when a prompt has no tokens, when `maxNewTokens` fills the context, when prompts are too long under
 *   `error`, or all of them under `drop`
 */
export function tokenizePrompts(
  tokenizer: Tokenizer,
  prompts: readonly PromptRow[],
  options: TokenizePromptsOptions,
): TokenizedPrompts {
  const { contextLength, maxNewTokens, maxPromptLength = Infinity, longPrompts } = options;
  if (options.maxPromptLength !== undefined) checkCount('tokenizePrompts', 'maxPromptLength', maxPromptLength, 1);
  if (contextLength - maxNewTokens < 1) throw noRoom(options);
  const room = Math.min(contextLength - maxNewTokens, maxPromptLength);
  const all = prompts.map((prompt) => ({ prompt, tokenIds: encodePrompt(tokenizer, prompt, options) }));
  const empty = all.filter(({ tokenIds }) => tokenIds.length === 0);
  if (empty.length > 0) {
    const ids = listProblems(empty.map(({ prompt }) => prompt.id));
    throw new UserError(
      'prompts.noTokens',
      `prompts: expected text in each, ${empty.length} have none:\n${ids}\nRemove them.`,
    );
  }
  const long: DroppedPrompt[] = all
    .filter(({ tokenIds }) => tokenIds.length > room)
    .map(({ prompt, tokenIds: { length: tokens } }) => {
      return { id: prompt.id, tokens, reason: reasonOf(tokens, options) };
    });
  const fatal = longPrompts === 'error' ? long.length > 0 : longPrompts === 'drop' && long.length === all.length;
  if (fatal && all.length > 0) throw tooLong(long, all.length, options);
  const fitting = longPrompts === 'truncate-left' ? all : all.filter(({ tokenIds }) => tokenIds.length <= room);
  const kept = fitting.map(({ prompt, tokenIds }) => {
    const cut = truncateLeft(tokenIds, room, tokenizer.bosTokenId);
    return { prompt, tokenIds: cut, cutTokens: tokenIds.length - cut.length };
  });
  const dropped = longPrompts === 'truncate-left' ? [] : long;
  return { kept, dropped, entry: entryOf(tokenizer, prompts.length, kept, dropped, options) };
}

function reasonOf(tokens: number, { contextLength, maxNewTokens }: TokenizePromptsOptions): DroppedPrompt['reason'] {
  if (tokens > contextLength) return 'exceeds-context';
  return tokens > contextLength - maxNewTokens ? 'no-room' : 'too-long';
}

function entryOf(
  tokenizer: Tokenizer,
  rowsIn: number,
  kept: readonly TokenizedPrompt[],
  dropped: readonly DroppedPrompt[],
  { contextLength, maxNewTokens, maxPromptLength, longPrompts, format = 'chat' }: TokenizePromptsOptions,
): TransformEntry {
  return {
    name: 'tokenizePrompts',
    options: {
      tokenizer: basename(tokenizer.folder),
      format,
      contextLength,
      maxNewTokens,
      ...(maxPromptLength !== undefined && { maxPromptLength }),
      longPrompts,
    },
    rowsIn,
    rowsOut: kept.length,
    dropped: countReasons(dropped),
    truncated: { prompts: kept.filter(({ cutTokens }) => cutTokens > 0).length },
  };
}

function encodePrompt(tokenizer: Tokenizer, prompt: PromptRow, options: TokenizePromptsOptions): number[] {
  const render = { addGenerationPrompt: true };
  const text =
    options.format === 'transcript'
      ? renderTranscript(prompt.messages, render)
      : renderChat(tokenizer, prompt.messages, render);
  return tokenizer.encode(text, { addSpecialTokens: false });
}

function noRoom({ contextLength, maxNewTokens, optionNames = RECIPE_NAMES }: TokenizePromptsOptions): UserError {
  return new UserError(
    'prompts.noRoom',
    `${optionNames.maxNewTokens}: expected less than the model's context of ${contextLength} tokens, got ${maxNewTokens}. ` +
      'Lower it.',
  );
}

function tooLong(long: readonly DroppedPrompt[], total: number, options: TokenizePromptsOptions): UserError {
  const { contextLength, maxNewTokens, maxPromptLength = Infinity, optionNames = RECIPE_NAMES } = options;
  const list = listProblems(long.map(({ id, tokens }) => `${id}: ${tokens} tokens`));
  const choices = options.longPrompts === 'error' ? 'drop or truncate-left' : 'truncate-left';
  const room = contextLength - maxNewTokens;
  const [limit, step] =
    maxPromptLength < room
      ? [`${maxPromptLength} tokens in each (maxPromptLength)`, 'Raise maxPromptLength']
      : [
          `${room} tokens in each (context ${contextLength}, minus ${maxNewTokens} new ones)`,
          `Lower ${optionNames.maxNewTokens}`,
        ];
  return new UserError(
    'prompts.tooLong',
    `prompts: expected at most ${limit}, ${long.length} of ${total} have more:\n${list}\n` +
      (optionNames.longPrompts === undefined
        ? `${step}, or shorten them.`
        : `${step}, shorten them, or set ${optionNames.longPrompts} to ${choices}.`),
  );
}
