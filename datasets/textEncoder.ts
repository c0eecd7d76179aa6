import { BoundedCache } from './boundedCache.ts';
import type { LibraryTokenizer } from './libraryTokenizer.ts';
import { wordSplitter } from './splitWords.ts';

/** Token ids of a text. */
export type TextEncoder = (text: string, addSpecialTokens: boolean) => number[];

const WORDS = 262_144;
/** UTF-16 code units of a word that is remembered. */
const LONGEST_WORD = 64;
/** Parts between added tokens: a prompt's turns come back in front of each of its answers. */
const SECTIONS = 64;
const LONGEST_SECTION = 65_536;
const TOKENS = Symbol('the tokens of the text');

/**
 * Encodes as the library's own `encode` does, to the same ids, but remembers words and parts of texts. What differs from text
 * to text (added tokens, normalizer, splitting into words) runs each time; what a word becomes is a property of the word.
 */
export function textEncoder(library: LibraryTokenizer): TextEncoder {
  // Two settings of old tokenizers that rewrite the text before it is normalized.
  if (library.remove_space || library.do_lowercase_and_remove_accent)
    return (text, add) => encodeWhole(library, text, add);
  const encodeWords = wordsEncoder(library);
  const layouts = [layoutOf(library, false), layoutOf(library, true)] as const;
  const added = library.added_tokens_map;
  const encodeSection = (text: string, section: number): number[] => {
    const ids: number[] = [];
    const normalized = library.normalizer === null ? text : library.normalizer.normalize(text);
    for (const { start, end, token } of library.splitter_normalized.cut(normalized)) {
      const part = token ?? normalized.slice(start, end);
      const id = added.get(part)?.id;
      if (id === undefined) encodeWords(part, section, ids);
      else ids.push(id);
    }
    return ids;
  };
  const remembered = [new BoundedCache<number[]>(SECTIONS), new BoundedCache<number[]>(SECTIONS)] as const;
  const encodeText = (text: string): number[] => {
    const cuts = library.splitter_unnormalized.cut(text);
    const all: number[] = [];
    for (const [section, { start, end, token }] of cuts.entries()) {
      const part = token ?? text.slice(start, end);
      const id = added.get(part)?.id;
      if (id !== undefined) {
        all.push(id);
        continue;
      }
      // Only the first section may differ from the others: some pre-tokenizers put a space before it.
      const cache = remembered[section === 0 ? 0 : 1];
      const useful = cuts.length > 1 && part.length <= LONGEST_SECTION;
      let ids = useful ? cache.get(part) : undefined;
      if (ids === undefined) {
        ids = encodeSection(part, section);
        if (useful) cache.set(part, ids);
      }
      append(all, ids);
    }
    return all;
  };
  return (text, addSpecialTokens) => {
    const tokens = encodeText(text);
    const layout = layouts[addSpecialTokens ? 1 : 0];
    if (layout.length === 1 && layout[0] === TOKENS) return tokens;
    return layout.flatMap((item) => (item === TOKENS ? tokens : item));
  };
}

/** Without an unknown token the library leaves holes where Rust leaves nothing. */
function encodeWhole(library: LibraryTokenizer, text: string, addSpecialTokens: boolean): number[] {
  return library.encode(text, { add_special_tokens: addSpecialTokens }).ids.filter((id) => id !== undefined);
}

function wordsEncoder(library: LibraryTokenizer): (text: string, section: number, ids: number[]) => void {
  const splitter = wordSplitter(library);
  const words = new BoundedCache<number[]>(WORDS);
  return (text, section, all) => {
    for (const word of splitter.split(text, section)) {
      let ids = words.get(word);
      if (ids === undefined) {
        const tokens = library.model([splitter.toPiece(word)]);
        ids = tokens.map((token) => idOf(library, token)).filter((id) => id !== undefined);
        if (word.length <= LONGEST_WORD) words.set(word, ids);
      }
      append(all, ids);
    }
  };
}

/** What the post-processor puts around the tokens of a text. */
function layoutOf(library: LibraryTokenizer, addSpecialTokens: boolean): (number | typeof TOKENS)[] {
  const processed = library.post_processor?.post_process([TOKENS], null, addSpecialTokens).tokens ?? [TOKENS];
  return processed
    .map((item) => (typeof item === 'symbol' ? TOKENS : idOf(library, item)))
    .filter((item) => item !== undefined);
}

function idOf({ added_tokens_map: added, model }: LibraryTokenizer, token: string): number | undefined {
  return added.get(token)?.id ?? model.tokens_to_ids.get(token) ?? model.unk_token_id;
}

function append(all: number[], ids: readonly number[]): void {
  for (let i = 0; i < ids.length; i++) all.push(ids[i]!);
}
