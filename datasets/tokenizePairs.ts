import { basename } from 'node:path';

import { UserError } from '../src/base/userError.ts';
import { renderChat } from './chatTemplate.ts';
import { listProblems } from './listProblems.ts';
import type { Message } from './messages.ts';
import type { TokenizedPair } from './pairBatches.ts';
import type { PreferencePair } from './readPairs.ts';
import type { Tokenizer } from './tokenizer.ts';
import { checkCount } from './transforms/checkOption.ts';
import { countReasons, type TransformEntry } from './transforms/recordTransform.ts';
import { renderTranscript } from './transcript.ts';
import { truncatePairs, type TruncatedPairs, type TruncatePairsOptions } from './truncatePairs.ts';

export interface TokenizePairsOptions extends TruncatePairsOptions {
  /** How messages become text, as in `tokenizePrompts`. Default `chat`. */
  format?: 'chat' | 'transcript';
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
  checkLengths(options);
  if (tokenizer.eosTokenId === null) {
    throw new UserError(
      'pairs.noEndToken',
      `${tokenizer.folder}: the tokenizer names no eos_token, so an answer has no end. Name one in tokenizer_config.json.`,
    );
  }
  const faults: string[] = [];
  const tokenized = pairs.map(({ id, prompt, chosen, rejected }): TokenizedPair => {
    const sides = [chosen, rejected].map((answer) =>
      tokenizeAnswer(tokenizer, prompt, answer, options.format ?? 'chat'),
    );
    const problems = sides.flatMap(({ problem }, i) =>
      problem ? [`${i === 0 ? 'chosen' : 'rejected'}: ${problem}`] : [],
    );
    if (problems.length > 0) faults.push(`${id}: ${problems.join('; ')}`);
    return { id, promptIds: sides[0]!.promptIds, chosenIds: sides[0]!.answerIds, rejectedIds: sides[1]!.answerIds };
  });
  if (faults.length > 0) {
    throw new UserError(
      'pairs.boundary',
      `pairs: expected that the tokens of each prompt begin those of prompt and answer, ${faults.length} of ` +
        `${pairs.length} differ:\n${listProblems(faults)}\nChange the chat template, or remove these pairs.`,
    );
  }
  const result = truncatePairs(tokenized, tokenizer.bosTokenId, options);
  return { ...result, entry: entryOf(tokenizer, pairs.length, result, options) };
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

interface TokenizedAnswer {
  promptIds: number[];
  answerIds: number[];
  problem?: string;
}

function tokenizeAnswer(
  tokenizer: Tokenizer,
  prompt: readonly Message[],
  answer: string,
  format: 'chat' | 'transcript',
): TokenizedAnswer {
  const end = tokenizer.eosTokenId!;
  const encode = (text: string): number[] => tokenizer.encode(text, { addSpecialTokens: false });
  const plain = format === 'transcript' || tokenizer.chatTemplate === null;
  const render = (messages: readonly Message[], addGenerationPrompt: boolean): string =>
    format === 'transcript'
      ? renderTranscript(messages, { addGenerationPrompt })
      : renderChat(tokenizer, messages, { addGenerationPrompt });
  const promptText = render(prompt, true);
  const allText = render([...prompt, { role: 'assistant', content: answer }], false);
  const promptIds = encode(promptText);
  const allIds = encode(allText);
  if (promptIds.length === 0) return { promptIds, answerIds: [], problem: 'the prompt has no tokens' };
  const split = promptIds.findIndex((id, i) => id !== allIds[i]);
  if (split >= 0) {
    const own = `${promptIds[split]}${charactersOf(tokenizer, promptText, split)}`;
    const other = split < allIds.length ? `${allIds[split]}${charactersOf(tokenizer, allText, split)}` : 'none';
    const problem = `token ${split} of the prompt is ${own}, of the whole ${other}`;
    return { promptIds, answerIds: [], problem };
  }
  const rest = allIds.slice(promptIds.length);
  const ends = rest.filter((id) => id === end).length;
  // What a template writes after the end token (a line break) is no part of the answer.
  const answerIds = ends === 0 ? [...rest, end] : rest.slice(0, rest.lastIndexOf(end) + 1);
  if (ends > (plain ? 0 : 1)) return { promptIds, answerIds, problem: 'the answer holds an end token' };
  return { promptIds, answerIds };
}

/** What a token covers, for a message; nothing where the tokenizer cannot say. */
function charactersOf(tokenizer: Tokenizer, text: string, index: number): string {
  try {
    const [start, end] = tokenizer.encodeWithOffsets(text, { addSpecialTokens: false }).offsets[index]!;
    return ` (${JSON.stringify(text.slice(start, end))})`;
  } catch (error) {
    if (error instanceof UserError) return '';
    throw error;
  }
}
