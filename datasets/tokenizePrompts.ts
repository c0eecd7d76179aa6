import { UserError } from '../src/base/userError.ts';
import { renderChat } from './chatTemplate.ts';
import { listProblems } from './listProblems.ts';
import type { PromptRow } from './schemas.ts';
import type { Tokenizer } from './tokenizer.ts';
import { renderTranscript } from './transcript.ts';

/** What to do with a prompt that leaves no room for the answer. */
export type LongPrompts = 'drop' | 'truncate-left' | 'error';

export interface TokenizePromptsOptions {
  /** Tokens the model can take, prompt and answer together. */
  contextLength: number;
  /** Room to leave for the answer, in tokens. */
  maxNewTokens: number;
  longPrompts: LongPrompts;
  /**
   * How messages become text: `chat` (default) by the tokenizer's chat template, `transcript` as plain
   * `\n\nHuman: ...\n\nAssistant:`, which gives an HH prompt back as it stood in its file.
   */
  format?: 'chat' | 'transcript';
  /** What the user calls the two options above, for messages. Default: as recipes do. */
  optionNames?: { maxNewTokens: string; longPrompts: string };
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
  /** The prompt alone is longer than the context, or it fits and leaves less than `maxNewTokens`. */
  reason: 'exceeds-context' | 'no-room';
}

export interface TokenizedPrompts {
  kept: TokenizedPrompt[];
  dropped: DroppedPrompt[];
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
  const { contextLength, maxNewTokens, longPrompts } = options;
  const room = contextLength - maxNewTokens;
  if (room < 1) throw noRoom(options);
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
      return { id: prompt.id, tokens, reason: tokens > contextLength ? 'exceeds-context' : 'no-room' };
    });
  const fatal = longPrompts === 'error' ? long.length > 0 : longPrompts === 'drop' && long.length === all.length;
  if (fatal && all.length > 0) throw tooLong(long, all.length, options);
  if (longPrompts === 'truncate-left') {
    return { kept: all.map(({ prompt, tokenIds }) => truncate(tokenizer, prompt, tokenIds, room)), dropped: [] };
  }
  const kept = all.filter(({ tokenIds }) => tokenIds.length <= room);
  return { kept: kept.map((item) => ({ ...item, cutTokens: 0 })), dropped: long };
}

function encodePrompt(tokenizer: Tokenizer, prompt: PromptRow, options: TokenizePromptsOptions): number[] {
  const render = { addGenerationPrompt: true };
  const text =
    options.format === 'transcript'
      ? renderTranscript(prompt.messages, render)
      : renderChat(tokenizer, prompt.messages, render);
  return tokenizer.encode(text, { addSpecialTokens: false });
}

function truncate(tokenizer: Tokenizer, prompt: PromptRow, tokenIds: number[], room: number): TokenizedPrompt {
  const cutTokens = Math.max(0, tokenIds.length - room);
  if (cutTokens === 0) return { prompt, tokenIds, cutTokens };
  const keepsBos = room > 1 && tokenIds[0] === tokenizer.bosTokenId;
  const kept = keepsBos ? [tokenIds[0]!, ...tokenIds.slice(cutTokens + 1)] : tokenIds.slice(cutTokens);
  return { prompt, tokenIds: kept, cutTokens };
}

function noRoom({ contextLength, maxNewTokens, optionNames = RECIPE_NAMES }: TokenizePromptsOptions): UserError {
  return new UserError(
    'prompts.noRoom',
    `${optionNames.maxNewTokens}: expected less than the model's context of ${contextLength} tokens, got ${maxNewTokens}. ` +
      'Lower it.',
  );
}

function tooLong(long: readonly DroppedPrompt[], total: number, options: TokenizePromptsOptions): UserError {
  const { contextLength, maxNewTokens, optionNames = RECIPE_NAMES } = options;
  const list = listProblems(long.map(({ id, tokens }) => `${id}: ${tokens} tokens`));
  const choices = options.longPrompts === 'error' ? 'drop or truncate-left' : 'truncate-left';
  return new UserError(
    'prompts.tooLong',
    `prompts: expected at most ${contextLength - maxNewTokens} tokens in each (context ${contextLength}, minus ` +
      `${maxNewTokens} new ones), ${long.length} of ${total} have more:\n${list}\n` +
      `Lower ${optionNames.maxNewTokens}, shorten them, or set ${optionNames.longPrompts} to ${choices}.`,
  );
}
