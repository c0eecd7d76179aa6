import { wordsOf } from './wordsOf.ts';

/** A text to find again. */
export interface IndexedText {
  id: string;
  text: string;
}

/** A text found in others. */
export interface FoundText {
  id: string;
  /** Share of its words that stand in n-grams found, in (0, 1]. */
  covered: number;
  /** The first of these n-grams, its words in the form of `wordsOf`. */
  ngram: string;
}

export interface NgramIndex {
  /** The texts that share an n-gram with some of these, in the order they were indexed. */
  find(texts: readonly string[]): FoundText[];
}

/** The shortest text looked for inside others: fewer words than this meet by chance. */
const SHORTEST = 8;

/** Where an n-gram stands in the texts of the index. The first place tells its words. */
interface Ngram {
  length: number;
  places: { item: number; start: number }[];
}

/** A text of the index, its words as numbers of the vocabulary. */
interface Item {
  id: string;
  words: Int32Array;
}

/**
 * Indexes the n-grams of texts by a hash of their words; what a hash finds is compared word by word. A text of fewer than n
 * words is one n-gram itself where it has 8 or more, and with fewer is found only as the whole of another text.
 */
export function ngramIndex(texts: readonly IndexedText[], n: number): NgramIndex {
  const vocabulary = new Map<string, number>();
  const number = (word: string): number => {
    const known = vocabulary.get(word) ?? vocabulary.size;
    vocabulary.set(word, known);
    return known;
  };
  const items = texts.map(({ id, text }): Item => ({ id, words: Int32Array.from(wordsOf(text).map(number)) }));
  const known = [...vocabulary.keys()];
  const wholes = new Map<string, number[]>();
  const table = new NgramTable(items);
  for (const [item, { words }] of items.entries()) {
    if (words.length >= Math.min(n, SHORTEST)) table.add(item, Math.min(n, words.length));
    else if (words.length > 0) wholes.set(words.join(' '), [...(wholes.get(words.join(' ')) ?? []), item]);
  }

  const find = (others: readonly string[]): FoundText[] => {
    const found = new Map<number, { ngram: string; places: Set<number> }>();
    const cover = (item: number, start: number, length: number): void => {
      const own = items[item]!.words.subarray(start, start + length);
      const cover = found.get(item) ?? { ngram: Array.from(own, (word) => known[word]!).join(' '), places: new Set() };
      for (let at = start; at < start + length; at++) cover.places.add(at);
      found.set(item, cover);
    };
    for (const text of others) {
      const spelled = wordsOf(text);
      const words = new Int32Array(spelled.length);
      for (let at = 0; at < words.length; at++) words[at] = vocabulary.get(spelled[at]!) ?? UNKNOWN;
      const whole = words.length < SHORTEST ? wholes.get(words.join(' ')) : undefined;
      for (const item of whole ?? []) cover(item, 0, words.length);
      for (const { length, places } of table.ngramsIn(words)) {
        for (const { item, start } of places) cover(item, start, length);
      }
    }
    const inOrder = [...found].toSorted(([a], [b]) => a - b);
    return inOrder.map(([item, { ngram, places }]) => {
      return { id: items[item]!.id, covered: places.size / items[item]!.words.length, ngram };
    });
  };
  return { find };
}

/** A word that no text of the index has. */
const UNKNOWN = -1;
const BASE = 0x01000193;

/** N-grams by the hash of their words. */
class NgramTable {
  private readonly items: readonly Item[];
  private readonly byHash = new Map<number, Ngram[]>();
  /** Lengths that n-grams have, ascending, and the power of the hash's base for each. */
  private lengths: { length: number; power: number }[] = [];

  constructor(items: readonly Item[]) {
    this.items = items;
  }

  /** Adds all n-grams of one length that a text has. */
  add(item: number, length: number): void {
    const { words } = this.items[item]!;
    let power = 1;
    for (let i = 0; i < length; i++) power = Math.imul(power, BASE);
    if (!this.lengths.some((known) => known.length === length)) {
      this.lengths = [...this.lengths, { length, power }].toSorted((a, b) => a.length - b.length);
    }
    const hashes = prefixHashes(words);
    for (let start = 0; start + length <= words.length; start++) {
      const hash = (hashes[start + length]! - Math.imul(hashes[start]!, power)) | 0;
      const ngrams = this.byHash.get(hash) ?? [];
      const place = { item, start };
      const known = ngrams.find((ngram) => this.isAt(ngram, words, start, length));
      if (known) known.places.push(place);
      else this.byHash.set(hash, [...ngrams, { length, places: [place] }]);
    }
  }

  /** The n-grams among these words, each once. */
  ngramsIn(words: Int32Array): Set<Ngram> {
    const found = new Set<Ngram>();
    const hashes = prefixHashes(words);
    // Only a run of words that the index has can hold an n-gram of it.
    let run = 0;
    for (let end = 1; end <= words.length; end++) {
      run = words[end - 1] === UNKNOWN ? 0 : run + 1;
      for (const { length, power } of this.lengths) {
        if (length > run) break;
        const start = end - length;
        const ngrams = this.byHash.get((hashes[end]! - Math.imul(hashes[start]!, power)) | 0);
        const ngram = ngrams?.find((ngram) => this.isAt(ngram, words, start, length));
        if (ngram) found.add(ngram);
      }
    }
    return found;
  }

  private isAt(ngram: Ngram, words: Int32Array, start: number, length: number): boolean {
    if (ngram.length !== length) return false;
    const first = ngram.places[0]!;
    const own = this.items[first.item]!.words;
    for (let at = 0; at < length; at++) {
      if (own[first.start + at] !== words[start + at]) return false;
    }
    return true;
  }
}

/** Hashes of the first 0, 1, 2 ... words: the hash of any run of words is a difference of two. */
function prefixHashes(words: Int32Array): Int32Array {
  const hashes = new Int32Array(words.length + 1);
  for (let at = 0; at < words.length; at++) {
    hashes[at + 1] = Math.imul(hashes[at]!, BASE) + Math.imul(words[at]! + 1, 0x9e3779b1);
  }
  return hashes;
}
