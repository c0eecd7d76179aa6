/** How an answer looks, as Arena-Hard's `metadata` counts it. */
export interface AnswerStyle {
  /** Tokens, or another measure of length that is the same for all answers. */
  length: number;
  headers: number;
  lists: number;
  bold: number;
}

/**
 * Counts the marks of Markdown outside blocks of code: headers, items of lists, and bold spans. A line begins after "\n"
 * alone and digits are those of any script, as in Python. The length is in words and signs, since style control takes only
 * the ratio of two lengths.
 *
 * @see `utils/add_markdown_info.py` of https://github.com/lmarena/arena-hard-auto
 */
export function answerStyle(text: string): AnswerStyle {
  let prose = text;
  // Upstream takes away what a block holds, wherever it occurs, and leaves the fences.
  for (const [, block] of text.matchAll(/```([^`]*)```/gu)) prose = prose.replaceAll(block!, '');
  const count = (pattern: RegExp): number => prose.match(pattern)?.length ?? 0;
  return {
    length: text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)?.length ?? 0,
    headers: count(/(?<![^\n])#{1,6}\s/gu),
    lists: count(/(?<![^\n])\s*(?:\p{Nd}+\.|[-*+])\s/gu),
    bold: count(/\*\*[^*\n]+\*\*/gu) + count(/__[^_\n]+__/gu),
  };
}
