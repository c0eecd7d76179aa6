import { UserError } from '../src/base/userError.ts';
import { renderChat } from './chatTemplate.ts';
import type { Message } from './messages.ts';
import type { TokenizedPair } from './pairBatches.ts';
import type { PreferencePair } from './readPairs.ts';
import type { Tokenizer } from './tokenizer.ts';
import { renderTranscript } from './transcript.ts';

/** How messages become text. */
export type PairFormat = 'chat' | 'transcript';

/** Pairs as tokens, of any length. */
export interface EncodedPairs {
  /** One for each pair, those with faults too. */
  tokenized: TokenizedPair[];
  /** One line for each pair whose prompt and answers cannot be told apart by their tokens. */
  faults: string[];
}

/** Turns pairs into tokens, each by itself: the tokenizer must name an end token. */
export function encodePairs(tokenizer: Tokenizer, pairs: readonly PreferencePair[], format: PairFormat): EncodedPairs {
  const faults: string[] = [];
  const tokenized = pairs.map(({ id, prompt, chosen, rejected }): TokenizedPair => {
    const sides = [chosen, rejected].map((answer) => tokenizeAnswer(tokenizer, prompt, answer, format));
    const problems = sides.flatMap(({ problem }, i) =>
      problem ? [`${i === 0 ? 'chosen' : 'rejected'}: ${problem}`] : [],
    );
    if (problems.length > 0) faults.push(`${id}: ${problems.join('; ')}`);
    return { id, promptIds: sides[0]!.promptIds, chosenIds: sides[0]!.answerIds, rejectedIds: sides[1]!.answerIds };
  });
  return { tokenized, faults };
}

/** An answer as tokens, and why it cannot be told from its prompt. */
export interface TokenizedAnswer {
  promptIds: number[];
  answerIds: number[];
  problem?: string;
}

/** Turns one answer to a conversation into tokens: see `tokenizePairs`. The tokenizer must name an end token. */
export function tokenizeAnswer(
  tokenizer: Tokenizer,
  prompt: readonly Message[],
  answer: string,
  format: PairFormat,
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
