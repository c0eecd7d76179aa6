import { basename } from 'node:path';

import { UserError } from '../src/base/userError.ts';
import { encodePairs, type EncodedPairs, type PairFormat } from './encodePairs.ts';
import { listProblems } from './listProblems.ts';
import type { PreferencePair } from './readPairs.ts';
import type { Tokenizer } from './tokenizer.ts';
import { checkCount } from './transforms/checkOption.ts';
import { countReasons, type TransformEntry } from './transforms/recordTransform.ts';
import { truncatePairs, type TruncatedPairs, type TruncatePairsOptions } from './truncatePairs.ts';

export interface TokenizePairsOptions extends TruncatePairsOptions {
  /** How messages become text, as in `tokenizePrompts`. Default `chat`. */
  format?: PairFormat;
}

export interface TokenizedPairs extends TruncatedPairs {
  /** What was done, to note in a file of tokens. */
  entry: TransformEntry;
}

/**
 * Turns preference pairs into tokens. The answer is what the tokens of prompt and answer have beyond those of the prompt,
 * which must be a prefix of them; it ends in exactly one end token unless it was cut.
 *
 * Long pairs are cut by the rules of TRL's `max_length`, `truncation_mode` and `max_prompt_length`, with three differences. A
 * prompt cut at its left keeps its BOS, as in `tokenizePrompts`. Both answers of a pair keep the same prompt: `keep-end` makes
 * room for the longer one. No answer loses its beginning: a pair whose answer leaves no room for a prompt is dropped.
 *
 * @throws {UserError} naming the pairs whose prompt is no prefix of the whole, whose answer holds an end token, or that are
 *   too long under `error`; when none is kept; when the tokenizer names no end token
 * @throws {RangeError} when a length is no whole number above 0, or `longPrompts` comes without `maxPromptLength`
 */
export function tokenizePairs(
  tokenizer: Tokenizer,
  pairs: readonly PreferencePair[],
  options: TokenizePairsOptions,
): TokenizedPairs {
  checkPairOptions(tokenizer, options);
  return fitPairs(tokenizer, pairs.length, encodePairs(tokenizer, pairs, options.format ?? 'chat'), options);
}

/** What is wrong before any pair is looked at. */
export function checkPairOptions(tokenizer: Tokenizer, options: TokenizePairsOptions): void {
  checkLengths(options);
  if (tokenizer.eosTokenId !== null) return;
  throw new UserError(
    'pairs.noEndToken',
    `${tokenizer.folder}: the tokenizer names no eos_token, so an answer has no end. Name one in tokenizer_config.json.`,
  );
}

/** What is done once all pairs are tokens, wherever that happened. */
export function fitPairs(
  tokenizer: Tokenizer,
  rowsIn: number,
  { tokenized, faults }: EncodedPairs,
  options: TokenizePairsOptions,
): TokenizedPairs {
  if (faults.length > 0) {
    throw new UserError(
      'pairs.boundary',
      `pairs: expected that the tokens of each prompt begin those of prompt and answer, ${faults.length} of ` +
        `${rowsIn} differ:\n${listProblems(faults)}\nChange the chat template, or remove these pairs.`,
    );
  }
  const result = truncatePairs(tokenized, tokenizer.bosTokenId, options);
  return { ...result, entry: entryOf(tokenizer, rowsIn, result, options) };
}

function checkLengths({ maxLength, maxPromptLength, longPrompts }: TokenizePairsOptions): void {
  checkCount('tokenizePairs', 'maxLength', maxLength, 1);
  if (maxPromptLength !== undefined) checkCount('tokenizePairs', 'maxPromptLength', maxPromptLength, 1);
  else if (longPrompts !== undefined) {
    throw new RangeError(
      `tokenizePairs: longPrompts needs maxPromptLength, got "${longPrompts}" alone. Set both, or leave it out.`,
    );
  }
}

function entryOf(
  tokenizer: Tokenizer,
  rowsIn: number,
  { kept, dropped, truncated }: TruncatedPairs,
  { maxLength, longPairs, maxPromptLength, longPrompts = 'truncate-left', format = 'chat' }: TokenizePairsOptions,
): TransformEntry {
  return {
    name: 'tokenizePairs',
    options: {
      tokenizer: basename(tokenizer.folder),
      format,
      maxLength,
      longPairs,
      ...(maxPromptLength !== undefined && { maxPromptLength, longPrompts }),
    },
    rowsIn,
    rowsOut: kept.length,
    dropped: countReasons(dropped),
    truncated,
  };
}
