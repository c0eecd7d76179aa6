import type { Tokenizer } from '../../datasets/index.ts';

/**
 * Why an answer is not judged: by itself it is longer than the judge's context, so that what is cut off it would count for
 * nothing.
 *
 * @param ids of conversation and answer, cut to the context; short ones spare the count
 * @param most tokens that an answer may have
 */
export function tooLong(
  tokenizer: Tokenizer,
  answer: string,
  ids: readonly number[],
  most: number,
): string | undefined {
  if (ids.length < most) return undefined;
  const { length } = tokenizer.encode(answer, { addSpecialTokens: false });
  return length > most ? `the answer has ${length} tokens, and the judge takes ${most}` : undefined;
}
