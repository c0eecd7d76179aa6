/** How an added token is found in a text. */
export interface AddedToken {
  id: number;
  /** Whether white space before it, or behind it, belongs to it. */
  lstrip: boolean;
  rstrip: boolean;
  /** Whether it is one only between characters that are not of words. */
  single_word: boolean;
}

/** A part of a text: an added token with the white space that belongs to it, or what is between two of them. */
export interface TextCut {
  start: number;
  end: number;
  /** As the vocabulary spells it; null between tokens. */
  token: string | null;
}

// What Rust's regular expressions take for a word character.
const WORD = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d]';
const STARTS_WITH_WORD = new RegExp(`^${WORD}`, 'u');
const ENDS_WITH_WORD = new RegExp(`${WORD}$`, 'u');
const LEADING_SPACE = /^\p{White_Space}*/u;
const TRAILING_SPACE = /\p{White_Space}+$/u;

/**
 * Cuts a text at its added tokens by the rules of Rust's `tokenizers`.
 *
 * @param parts the text in order, in which each added token that is spelled out is a part
 */
export function cutAddedTokens(
  text: string,
  parts: readonly string[],
  addedTokens: ReadonlyMap<string, AddedToken>,
): TextCut[] {
  const cuts: TextCut[] = [];
  let rest = 0;
  let end = 0;
  for (const part of parts) {
    const start = end;
    end += part.length;
    const added = addedTokens.get(part);
    if (!added) continue;
    const behind = text.slice(end);
    if (added.single_word && (STARTS_WITH_WORD.test(behind) || ENDS_WITH_WORD.test(text.slice(0, start)))) continue;
    const from = added.lstrip ? rest + text.slice(rest, start).replace(TRAILING_SPACE, '').length : start;
    if (rest < from) cuts.push({ start: rest, end: from, token: null });
    rest = added.rstrip ? end + LEADING_SPACE.exec(behind)![0].length : end;
    cuts.push({ start: from, end: rest, token: part });
  }
  if (rest < text.length) cuts.push({ start: rest, end: text.length, token: null });
  return cuts;
}
