import { UserError } from '../src/base/userError.ts';
import { renderChat } from './chatTemplate.ts';
import { listProblems } from './listProblems.ts';
import type { Message } from './messages.ts';
import type { TokenizedPair } from './pairBatches.ts';
import type { PreferencePair } from './readPairs.ts';
import type { Tokenizer } from './tokenizer.ts';
import { renderTranscript } from './transcript.ts';

export interface TokenizePairsOptions {
  /** Longest sequence the model takes, prompt and answer together, in tokens. */
  maxLength: number;
  /** What to do with pairs that are longer. */
  longPairs: 'drop' | 'error';
  /** How messages become text, as in `tokenizePrompts`. Default `chat`. */
  format?: 'chat' | 'transcript';
}

export interface TokenizedPairs {
  kept: TokenizedPair[];
  dropped: { id: string; tokens: number }[];
}

/**
 * Turns preference pairs into tokens. The answer is what the tokens of prompt and answer have beyond those of the prompt,
 * which must be a prefix of them; it ends in exactly one end token.
 *
 * @throws {UserError} naming the pairs whose prompt is no prefix of the whole, whose answer holds an end token, or that are
 *   too long under `error`; when the tokenizer names no end token
 */
export function tokenizePairs(
  tokenizer: Tokenizer,
  pairs: readonly PreferencePair[],
  options: TokenizePairsOptions,
): TokenizedPairs {
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
  return sortOut(tokenized, options);
}

function sortOut(tokenized: readonly TokenizedPair[], { maxLength, longPairs }: TokenizePairsOptions): TokenizedPairs {
  const kept = tokenized.filter((pair) => lengthOf(pair) <= maxLength);
  const dropped = tokenized
    .filter((pair) => lengthOf(pair) > maxLength)
    .map((pair) => ({ id: pair.id, tokens: lengthOf(pair) }));
  if (dropped.length > 0 && (longPairs === 'error' || kept.length === 0)) {
    const list = listProblems(dropped.map(({ id, tokens }) => `${id}: ${tokens} tokens`));
    throw new UserError(
      'pairs.tooLong',
      `pairs: expected at most ${maxLength} tokens in each, ${dropped.length} of ${tokenized.length} have more:\n${list}\n` +
        'Remove or shorten them, or let them be dropped.',
    );
  }
  return { kept, dropped };
}

function lengthOf({ promptIds, chosenIds, rejectedIds }: TokenizedPair): number {
  return promptIds.length + Math.max(chosenIds.length, rejectedIds.length);
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
