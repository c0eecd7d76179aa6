import { Tokenizer } from '@huggingface/tokenizers';

import { cutAddedTokens } from './cutAddedTokens.ts';
import type { AddedToken, TextCut } from './cutAddedTokens.ts';

/**
 * What we use of `@huggingface/tokenizers`. Its declarations import each other without file extensions, so that under
 * Node's module resolution every type of it is lost; these stand in for them.
 */
export interface LibraryTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[] };
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  get_vocab(): Map<string, number>;
  normalizer: Normalizer | null;
  pre_tokenizer: PreTokenizer | null;
  model: Model;
  post_processor: PostProcessor | null;
  decoder: Decoder | null;
  /** By what they look like in the text, before and after normalization. */
  added_tokens_map: Map<string, AddedToken>;
  splitter_unnormalized: Splitter;
  splitter_normalized: Splitter;
  remove_space?: boolean;
  do_lowercase_and_remove_accent?: boolean;
}

/** Cuts the added tokens out of a text. */
export interface Splitter {
  split(text: string): string[];
  trie: Trie;
  /** Ours: where they stand. */
  cut(text: string): TextCut[];
}

/** Tokens by their code units; where one ends, it stands under `end`. */
interface Trie {
  [unit: string]: Trie | string;
  end?: string;
}

/** A component of tokenizer.json; a Sequence holds others in the array named after their kind. */
export interface Normalizer {
  config: { type: string; strip_left?: boolean; strip_right?: boolean; prepend?: string; content?: string };
  normalizers?: (Normalizer | null)[];
  pattern?: RegExp | null;
  normalize(text: string): string;
}

export interface PreTokenizer {
  /** Missing in a pre-tokenizer of type Sequence and some others. */
  config?: { type: string; invert?: boolean; behavior?: string; individual_digits?: boolean };
  tokenizers?: (PreTokenizer | null)[];
  pattern?: RegExp | null;
  /** Of a ByteLevel. */
  add_prefix_space?: boolean;
  use_regex?: boolean;
  byte_encoder?: Readonly<Record<number, string>>;
  /** Of a Metaspace. */
  str_rep?: string;
  replacement?: string;
  prepend_scheme?: string;
  pre_tokenize_text(text: string, options: { section_index: number }): string[];
}

export interface Model {
  (pieces: string[]): string[];
  config: { type?: string; byte_fallback?: boolean; continuing_subword_prefix?: string | null };
  tokens_to_ids: Map<string, number>;
  unk_token?: string | null;
  unk_token_id?: number;
  fuse_unk: boolean;
  /** What a call of it does: tokens of pieces, unknown ones in a row fused where `fuse_unk` says so. */
  _call(pieces: string[]): string[];
  /** Of a BPE. */
  merges?: [left: string, right: string][];
  bpe_ranks?: Map<string, number>;
  /** Queues a part that merges with the next one. */
  add_node?(queue: { push(part: Part): void }, part: Part): void;
  continuing_subword_suffix?: string | null;
  /** Of a BPE; the text of the parts, with the end of a word marked. */
  bpe?(piece: string): string[];
  ignore_merges?: boolean;
  byte_fallback?: boolean;
  end_of_word_suffix?: string | null;
  /** Of a Unigram. */
  tokenize?(piece: string): string[];
}

/** Of a word that a BPE merges. */
interface Part {
  token: string;
  next: Part;
  /** Its place in the word, from 0 up to 1: of equal merges the first comes first. */
  bias: number;
  score: number;
}

export interface PostProcessor {
  config: { type: string; trim_offsets?: boolean; add_prefix_space?: boolean };
  processors?: PostProcessor[];
  /** Puts special tokens among the others, whatever those are. */
  post_process<T>(tokens: T[], pair: null, addSpecialTokens: boolean): { tokens: (T | string)[] };
}

interface Decoder {
  config: { type: string };
  decoders?: (Decoder | null)[];
  decode_chain(tokens: string[]): string[];
}

interface PreTokenizerDefinition {
  type?: string | undefined;
  /** Of a Metaspace. */
  replacement?: string | undefined;
  split?: boolean | null | undefined;
  pretokenizers?: PreTokenizerDefinition[] | undefined;
}

interface Definition {
  model: Readonly<Record<string, unknown>>;
  pre_tokenizer: PreTokenizerDefinition | null;
}

// JavaScript's `\s` counts U+FEFF as white space and U+0085 not; Rust has it the other way round.
const BYTE_LEVEL_PATTERN =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
// What Rust's regular expressions take for a word character.
const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}';
const PUNCTUATION = '\\p{P}!-/:-@\\[-`\\{-~';
const LEADING_SPACE = /^\p{White_Space}+/u;
const TRAILING_SPACE = /\p{White_Space}+$/u;
const SYNTAX = /[\\^$.*+?()[\]{}|/-]/g;
const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

/**
 * Builds the library's tokenizer and corrects what version 0.2.0 does otherwise than the Rust `tokenizers` that models
 * are trained with: white space in the byte-level splitting rule and in the Strip normalizer, words and digits beyond
 * ASCII, single punctuation marks, the cuts at Metaspace's marks, a prefix for an empty text, lower case that looks at the
 * next letter, white space and words around added tokens, unknown tokens of two words that fuse, and byte tokens that spell a byte order mark or invalid UTF-8.
 *
 * @throws {Error} when the library knows no such tokenizer
 */
export function createLibraryTokenizer(definition: Definition, config: object): LibraryTokenizer {
  const preTokenizer = withRustRules(definition.pre_tokenizer);
  // A WordLevel model's unknown token is looked for in the config, where it need not be.
  const settings = { unk_token: definition.model['unk_token'], ...config };
  const tokenizer: LibraryTokenizer = new Tokenizer({ ...definition, pre_tokenizer: preTokenizer }, settings);
  correctAddedTokens(tokenizer);
  correctNormalizer(tokenizer.normalizer);
  correctPreTokenizer(tokenizer.pre_tokenizer);
  correctModel(tokenizer.model);
  correctDecoder(tokenizer.decoder);
  return tokenizer;
}

/**
 * White-space pre-tokenizers by Unicode, as the library's own know ASCII words and JavaScript's white space only, and a
 * Metaspace that cuts before each of its marks, as the library's own never cuts.
 */
function withRustRules(part: PreTokenizerDefinition | null): object | null {
  if (part?.type === 'Whitespace') {
    return { type: 'Split', pattern: { Regex: `[${WORD}]+|[^${WORD}\\s]+` }, behavior: 'Removed', invert: true };
  }
  if (part?.type === 'WhitespaceSplit') {
    return { type: 'Split', pattern: { Regex: '\\S+' }, behavior: 'Removed', invert: true };
  }
  if (part?.type === 'Metaspace' && part.split !== false) {
    const mark = `\\x{${(part.replacement ?? '\u2581').codePointAt(0)!.toString(16)}}`;
    const cut = { type: 'Split', pattern: { Regex: `${mark}?[^${mark}]+|${mark}` }, behavior: 'Removed', invert: true };
    return { type: 'Sequence', pretokenizers: [part, cut] };
  }
  return part?.pretokenizers ? { ...part, pretokenizers: part.pretokenizers.map(withRustRules) } : part;
}

/** The library strips JavaScript's white space, also off other added tokens, and takes any token for part of a word. */
function correctAddedTokens({
  added_tokens_map: added,
  splitter_unnormalized,
  splitter_normalized,
}: LibraryTokenizer): void {
  const rules = new Map(Array.from(added, ([content, token]) => [content, { ...token }]));
  for (const token of added.values()) {
    token.lstrip = false;
    token.rstrip = false;
  }
  for (const splitter of [splitter_unnormalized, splitter_normalized]) {
    const split = splitOff(splitter.trie);
    splitter.cut = (text) => cutAddedTokens(text, split(text), rules);
    splitter.split = (text) => splitter.cut(text).map(({ start, end, token }) => token ?? text.slice(start, end));
  }
}

/**
 * Splits as the library does, the longest token at each place winning, but by a regular expression: walking its trie costs
 * more than all the rest of a text whose words are known.
 */
function splitOff(trie: Trie): (text: string) => string[] {
  const tokens = spelledOut(trie).sort((a, b) => b.length - a.length);
  if (tokens.length === 0) return (text) => (text === '' ? [] : [text]);
  const pattern = new RegExp(`(${tokens.map((token) => token.replace(SYNTAX, '\\$&')).join('|')})`);
  return (text) => text.split(pattern).filter((part) => part !== '');
}

function spelledOut({ end, ...next }: Trie): string[] {
  const longer = Object.values(next).flatMap((node) => spelledOut(node as Trie));
  return end ? [end, ...longer] : longer;
}

function correctNormalizer(part: Normalizer | null): void {
  part?.normalizers?.forEach(correctNormalizer);
  switch (part?.config.type) {
    case 'Strip':
      part.normalize = (text) => {
        const start = part.config.strip_left ? text.replace(LEADING_SPACE, '') : text;
        return part.config.strip_right ? start.replace(TRAILING_SPACE, '') : start;
      };
      break;
    case 'Lowercase':
      // Of a whole text JavaScript lowers a final sigma otherwise than one inside a word.
      part.normalize = (text) => Array.from(text, (character) => character.toLowerCase()).join('');
      break;
    case 'Prepend':
      part.normalize = (text) => (text === '' ? '' : part.config.prepend + text);
  }
}

function correctPreTokenizer(part: PreTokenizer | null): void {
  part?.tokenizers?.forEach(correctPreTokenizer);
  if (part?.config?.type === 'ByteLevel') part.pattern = BYTE_LEVEL_PATTERN;
  if (part?.config?.type === 'Punctuation' && /^(?:isolated)?$/i.test(part.config.behavior ?? '')) {
    part.pattern = new RegExp(`[^${PUNCTUATION}]+|[${PUNCTUATION}]`, 'gu');
  }
  if (part?.config?.type === 'Digits') {
    part.pattern = part.config.individual_digits ? /\P{N}+|\p{N}/gu : /\P{N}+|\p{N}+/gu;
  }
}

/** The library fuses unknown tokens of neighbouring pieces as well, and looks merges up by JSON that it writes each time. */
function correctModel(model: Model): void {
  if (model.merges) {
    const ranks = ranksOf(model.merges);
    model.bpe_ranks?.clear();
    model.add_node = (queue, part) => {
      const rank = ranks.get(part.token)?.get(part.next.token);
      if (rank === undefined) return;
      part.score = rank + part.bias;
      queue.push(part);
    };
  }
  const call = model['_call'].bind(model);
  if (model.fuse_unk) model['_call'] = (pieces) => pieces.flatMap((piece) => call([piece]));
}

/** By the left part, then by the right one. */
function ranksOf(merges: readonly [left: string, right: string][]): Map<string, Map<string, number>> {
  const ranks = new Map<string, Map<string, number>>();
  for (const [rank, [left, right]] of merges.entries()) {
    const known = ranks.get(left);
    if (known) known.set(right, rank);
    else ranks.set(left, new Map([[right, rank]]));
  }
  return ranks;
}

function correctDecoder(part: Decoder | null): void {
  part?.decoders?.forEach(correctDecoder);
  if (part?.config?.type === 'ByteFallback') part.decode_chain = decodeByteTokens;
}

/** Joins runs of byte tokens into text. A run that is not UTF-8 becomes one U+FFFD a byte, as in Rust. */
function decodeByteTokens(tokens: readonly string[]): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const texts: string[] = [];
  let run: number[] = [];
  const flush = (): void => {
    if (run.length === 0) return;
    try {
      texts.push(decoder.decode(Uint8Array.from(run)));
    } catch {
      texts.push('\uFFFD'.repeat(run.length));
    }
    run = [];
  };
  for (const token of tokens) {
    const byte = BYTE_TOKEN.exec(token)?.[1];
    if (byte !== undefined) {
      run.push(Number.parseInt(byte, 16));
    } else {
      flush();
      texts.push(token);
    }
  }
  flush();
  return texts;
}
