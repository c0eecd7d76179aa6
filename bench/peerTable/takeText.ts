import {
  tokenizePairs,
  tokenizePrompts,
  type Message,
  type PreferencePair,
  type TokenizedPair,
  type Tokenizer,
} from 'nashtune/datasets';

import { UserError } from '../../src/base/userError.ts';

/** A conversation that waits for an answer, and its tokens in the chat template. */
export interface TextPrompt {
  messages: Message[];
  ids: number[];
}

/** How much text is wanted; what is longer is left out, on both sides. */
export interface TextTerms {
  pairs: number;
  /** Of a pair, prompt and answer, in tokens. */
  maxLength: number;
  prompts: number;
  /** In tokens. */
  maxPromptLength: number;
}

/** Pairs to train on and prompts to answer. */
export interface Text {
  pairs: readonly TokenizedPair[];
  prompts: readonly TextPrompt[];
}

/**
 * The first pairs of a file, and the first prompts of its pairs, that are short enough.
 *
 * @throws {UserError} when the file has too few prompts that are short enough
 */
export function takeText(
  file: string,
  tokenizer: Tokenizer,
  pairs: readonly PreferencePair[],
  { pairs: wantedPairs, maxLength, prompts: wantedPrompts, maxPromptLength }: TextTerms,
): Text {
  const { kept } = tokenizePairs(tokenizer, pairs, { maxLength, longPairs: 'drop', format: 'chat' });
  const questions = pairs.map(({ id, prompt }) => ({ id, messages: prompt, source: file }));
  const { kept: short } = tokenizePrompts(tokenizer, questions, {
    contextLength: maxLength,
    maxNewTokens: maxLength - maxPromptLength,
    longPrompts: 'drop',
  });
  if (short.length < wantedPrompts) {
    throw new UserError(
      'bench.tooFewPrompts',
      `${file}: expected ${wantedPrompts} prompts of at most ${maxPromptLength} tokens, found ${short.length}. ` +
        'Give a file with more pairs.',
    );
  }
  const prompts = short.slice(0, wantedPrompts);
  return {
    pairs: kept.slice(0, wantedPairs),
    prompts: prompts.map(({ prompt: { messages }, tokenIds }) => ({ messages, ids: tokenIds })),
  };
}
