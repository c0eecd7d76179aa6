/** GPT-2's pre-tokenizer: what `ByteLevel` with `use_regex` applies before any merge. */
const WORD = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Two tokens that become one. */
export type Merge = [left: string, right: string];

interface Word {
  tokens: string[];
  count: number;
}

/** The 256 characters that stand for the bytes 0 to 255 in byte-level vocabularies: printable ones for themselves. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

/**
 * Learns byte-pair merges: again and again the most frequent pair of neighbors within the words of the texts becomes a
 * token. Of pairs equally frequent the alphabetically first one does.
 *
 * @param count merges wanted; fewer come back when every word is a single token before
 * @see Sennrich et al. 2016, arXiv:1508.07909, algorithm 1
 */
export function learnMerges(texts: readonly string[], count: number): Merge[] {
  const words = countWords(texts);
  const merges: Merge[] = [];
  while (merges.length < count) {
    const merge = mostFrequentPair(words);
    if (!merge) break;
    merges.push(merge);
    for (const word of words) word.tokens = merged(word.tokens, merge);
  }
  return merges;
}

function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(printable ? byte : next++);
  });
}

function countWords(texts: readonly string[]): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of text.match(WORD) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const encoder = new TextEncoder();
  return Array.from(counts, ([word, count]) => ({
    tokens: Array.from(encoder.encode(word), (byte) => BYTE_CHARACTERS[byte]!),
    count,
  }));
}

function mostFrequentPair(words: readonly Word[]): Merge | undefined {
  // No token contains a space (byte 32 is written "Ġ"), so that one can separate the pair.
  const counts = new Map<string, number>();
  for (const { tokens, count } of words) {
    for (let i = 1; i < tokens.length; i++) {
      const pair = `${tokens[i - 1]!} ${tokens[i]!}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  let best: string | undefined;
  let bestCount = 0;
  for (const [pair, count] of counts) {
    const wins = count > bestCount || (count === bestCount && best !== undefined && pair < best);
    if (wins) [best, bestCount] = [pair, count];
  }
  const [left, right] = best?.split(' ') ?? [];
  return left !== undefined && right !== undefined ? [left, right] : undefined;
}

function merged(tokens: readonly string[], [left, right]: Merge): string[] {
  const out: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const found = tokens[i] === left && tokens[i + 1] === right;
    out.push(found ? left + right : tokens[i]!);
    if (found) i++;
  }
  return out;
}
