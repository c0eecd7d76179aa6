import { UserError } from '../src/base/userError.ts';
import { listProblems } from './listProblems.ts';
import type { TokenizedPair } from './pairBatches.ts';
import type { LongPrompts } from './tokenizePrompts.ts';
import { truncateLeft } from './truncateLeft.ts';

export interface TruncatePairsOptions {
  /** Longest sequence the model takes, prompt and answer together, in tokens. */
  maxLength: number;
  /**
   * What to do with pairs that are longer:
   * - `drop` them, or stop with an `error`;
   * - `keep-start`: cut each answer at its end, which takes its end token; nothing takes its place;
   * - `keep-end`: cut the prompt at its left, for both answers alike.
   */
  longPairs: 'drop' | 'error' | 'keep-start' | 'keep-end';
  /** Longest prompt, in tokens. It is seen to first. Default: no limit of its own. */
  maxPromptLength?: number;
  /** What to do with prompts longer than `maxPromptLength`. Default `truncate-left`. */
  longPrompts?: LongPrompts;
}

/** A pair that was left out. */
export interface DroppedPair {
  id: string;
  /** Of the prompt under `prompt-too-long`, else of prompt and longer answer together; before anything was cut. */
  tokens: number;
  /**
   * `too-long` and `prompt-too-long` under `drop`. Otherwise cutting would leave nothing of the answers (`no-answer-left`) or of
   * the prompt (`no-prompt-left`), or two answers that are the same (`equal-answers`).
   */
  reason: 'too-long' | 'prompt-too-long' | 'no-answer-left' | 'no-prompt-left' | 'equal-answers';
}

export interface TruncatedPairs {
  kept: TokenizedPair[];
  dropped: DroppedPair[];
  /** How many prompts and answers of the pairs kept were cut. */
  truncated: { prompts: number; answers: number };
}

/** Fits pairs into the lengths that the options name: see `tokenizePairs`. */
export function truncatePairs(
  pairs: readonly TokenizedPair[],
  bosTokenId: number | null,
  options: TruncatePairsOptions,
): TruncatedPairs {
  const kept: TokenizedPair[] = [];
  const dropped: DroppedPair[] = [];
  const truncated = { prompts: 0, answers: 0 };
  for (const pair of pairs) {
    const fitted = fit(pair, bosTokenId, options);
    if (typeof fitted === 'string') {
      const tokens = fitted === 'prompt-too-long' ? pair.promptIds.length : lengthOf(pair);
      dropped.push({ id: pair.id, tokens, reason: fitted });
      continue;
    }
    kept.push(fitted);
    if (fitted.promptIds.length < pair.promptIds.length) truncated.prompts++;
    if (fitted.chosenIds.length < pair.chosenIds.length) truncated.answers++;
    if (fitted.rejectedIds.length < pair.rejectedIds.length) truncated.answers++;
  }
  checkDropped(dropped, pairs.length, options);
  return { kept, dropped, truncated };
}

function fit(
  pair: TokenizedPair,
  bosTokenId: number | null,
  options: TruncatePairsOptions,
): TokenizedPair | DroppedPair['reason'] {
  const { maxLength, longPairs, maxPromptLength = Infinity, longPrompts = 'truncate-left' } = options;
  const longPrompt = pair.promptIds.length > maxPromptLength;
  if (longPrompt && longPrompts !== 'truncate-left') return 'prompt-too-long';
  const promptIds = longPrompt ? truncateLeft(pair.promptIds, maxPromptLength, bosTokenId) : pair.promptIds;
  const shorter = { ...pair, promptIds };
  if (lengthOf(shorter) <= maxLength) return shorter;
  if (longPairs === 'keep-end') {
    const room = maxLength - (lengthOf(shorter) - promptIds.length);
    return room < 1 ? 'no-prompt-left' : { ...pair, promptIds: truncateLeft(promptIds, room, bosTokenId) };
  }
  if (longPairs !== 'keep-start') return 'too-long';
  const room = maxLength - promptIds.length;
  if (room < 1) return 'no-answer-left';
  const [chosenIds, rejectedIds] = [pair.chosenIds.slice(0, room), pair.rejectedIds.slice(0, room)];
  const equal = chosenIds.length === rejectedIds.length && chosenIds.every((id, at) => id === rejectedIds[at]);
  return equal ? 'equal-answers' : { ...pair, promptIds, chosenIds, rejectedIds };
}

function lengthOf({ promptIds, chosenIds, rejectedIds }: TokenizedPair): number {
  return promptIds.length + Math.max(chosenIds.length, rejectedIds.length);
}

function checkDropped(dropped: readonly DroppedPair[], total: number, options: TruncatePairsOptions): void {
  const { maxLength, longPairs, maxPromptLength, longPrompts } = options;
  const prompts = dropped.filter(({ reason }) => reason === 'prompt-too-long');
  if (prompts.length > 0 && (longPrompts === 'error' || prompts.length === total)) {
    throw new UserError(
      'pairs.promptTooLong',
      `pairs: expected at most ${maxPromptLength} tokens in each prompt, ${prompts.length} of ${total} have more:\n` +
        `${listed(prompts)}\nShorten or remove them, raise maxPromptLength, or let them be cut (truncate-left).`,
    );
  }
  if (dropped.length === 0 || !(longPairs === 'error' || dropped.length === total)) return;
  const steps = { drop: 'cut them (keep-start, keep-end)', error: 'let them be dropped or cut' };
  const step = longPairs === 'drop' || longPairs === 'error' ? steps[longPairs] : 'allow more tokens';
  throw new UserError(
    'pairs.tooLong',
    `pairs: expected at most ${maxLength} tokens in each, ${dropped.length} of ${total} have more:\n${listed(dropped)}\n` +
      `Remove or shorten them, or ${step}.`,
  );
}

function listed(dropped: readonly DroppedPair[]): string {
  const plain = ['too-long', 'prompt-too-long'];
  return listProblems(
    dropped.map(({ id, tokens, reason }) => `${id}: ${tokens} tokens${plain.includes(reason) ? '' : ` (${reason})`}`),
  );
}
