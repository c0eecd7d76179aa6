import { UserError } from '../src/base/userError.ts';
import { tokenizeAnswer, type PairFormat } from './encodePairs.ts';
import { listProblems } from './listProblems.ts';
import type { TokenizedSample } from './pairBatches.ts';
import type { PromptResponse } from './readResponses.ts';
import type { Tokenizer } from './tokenizer.ts';
import { checkPairOptions } from './tokenizePairs.ts';

export interface TokenizeResponsesOptions {
  /** Longest sequence the model takes, prompt and answer together, in tokens. */
  maxLength: number;
  /** What to do with longer ones: leave them out, stop, or cut the answer at its end, which takes its end token. */
  longResponses: 'drop' | 'error' | 'keep-start';
  /** How messages become text, as in `tokenizePrompts`. Default `chat`. */
  format?: PairFormat;
}

export interface TokenizedResponses {
  kept: TokenizedSample[];
  /** Those that were too long, or under `keep-start` those whose prompt leaves no room; tokens of prompt and answer. */
  dropped: { id: string; tokens: number }[];
  /** How many of the answers kept were cut. */
  truncated: number;
}

/**
 * Turns single answers into tokens as `tokenizePairs` does pairs: the answer is what the tokens of prompt and answer have
 * beyond those of the prompt, and it ends in exactly one end token unless it was cut.
 *
 * @throws {UserError} naming the answers that have no prompt, that cannot be told from it, or that are too long under
 *   `error`; when none is kept; when the tokenizer names no end token
 * @throws {RangeError} when `maxLength` is no whole number above 0
 * @example const { kept } = tokenizeResponses(tokenizer, responses, { maxLength: 1024, longResponses: 'drop' });
 */
export function tokenizeResponses(
  tokenizer: Tokenizer,
  responses: readonly PromptResponse[],
  { maxLength, longResponses, format = 'chat' }: TokenizeResponsesOptions,
): TokenizedResponses {
  checkPairOptions(tokenizer, { maxLength, longPairs: longResponses });
  const kept: TokenizedSample[] = [];
  const dropped: TokenizedResponses['dropped'] = [];
  const faults: string[] = [];
  let truncated = 0;
  for (const { id, prompt, response } of responses) {
    if (prompt.length === 0) {
      faults.push(`${id}: there is no prompt`);
      continue;
    }
    const { promptIds, answerIds, problem } = tokenizeAnswer(tokenizer, prompt, response, format);
    const tokens = promptIds.length + answerIds.length;
    const room = maxLength - promptIds.length;
    if (problem) faults.push(`${id}: ${problem}`);
    else if (tokens <= maxLength) kept.push({ id, promptIds, completionIds: answerIds });
    else if (longResponses === 'keep-start' && room > 0) {
      truncated++;
      kept.push({ id, promptIds, completionIds: answerIds.slice(0, room) });
    } else dropped.push({ id, tokens });
  }
  if (faults.length > 0) {
    throw new UserError(
      'responses.boundary',
      `responses: expected a prompt whose tokens begin those of prompt and answer, ${faults.length} of ` +
        `${responses.length} differ:\n${listProblems(faults)}\nChange the chat template, or remove these answers.`,
    );
  }
  if (dropped.length > 0 && (longResponses === 'error' || kept.length === 0)) {
    throw new UserError(
      'responses.tooLong',
      `responses: expected at most ${maxLength} tokens in each, ${dropped.length} of ${responses.length} have more:\n` +
        `${listProblems(dropped.map(({ id, tokens }) => `${id}: ${tokens} tokens`))}\n` +
        'Remove or shorten them, or let them be cut (keep-start).',
    );
  }
  return { kept, dropped, truncated };
}
