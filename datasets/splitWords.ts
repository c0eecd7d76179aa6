import type { LibraryTokenizer, Model, PreTokenizer } from './libraryTokenizer.ts';

/** Cuts a text into words whose tokens do not depend on the words around them. */
export interface WordSplitter {
  /** @param section the place of the text among the added tokens around it */
  split(text: string, section: number): readonly string[];
  /** The word as the model takes it. */
  toPiece(word: string): string;
}

type Stage = (text: string, section: number) => readonly string[];

const MARK = '\u2581';
const BEFORE_MARK = /(?<=[^\u2581])(?=\u2581)/u;
const ACROSS_MARK = /[^\u2581]\u2581/u;

/**
 * The library's pre-tokenizer up to where its words become bytes, so that a word can be looked up as it stands in the text.
 * A model takes each piece by itself, so any piece is a word. Where a BPE has no merge across the mark of a space, its pieces
 * are cut before such marks as well: what no merge joins is merged apart just the same. Llama 2, which has no pre-tokenizer,
 * has words only thus.
 */
export function wordSplitter({ pre_tokenizer, model }: LibraryTokenizer): WordSplitter {
  const parts = flatten(pre_tokenizer);
  const last = parts.at(-1);
  const bytes = last?.config?.type === 'ByteLevel' && last.byte_encoder ? last : undefined;
  const stages = parts.map((part) => (part === bytes ? byteLevelStage(part) : stageOf(part)));
  if (!bytes && mergesNotAcrossMarks(model))
    stages.push((text) => (text.includes(MARK) ? text.split(BEFORE_MARK) : [text]));
  return {
    split: (text, section) => {
      let words: readonly string[] = [text];
      for (const [at, stage] of stages.entries()) {
        words = at === 0 ? stage(text, section) : words.flatMap((word) => stage(word, section));
      }
      return words;
    },
    toPiece: bytes ? (word) => toBytes(bytes, word) : (word) => word,
  };
}

function flatten(part: PreTokenizer | null): PreTokenizer[] {
  return part?.tokenizers ? part.tokenizers.flatMap(flatten) : part ? [part] : [];
}

function stageOf(part: PreTokenizer): Stage {
  const { config, pattern } = part;
  const own: Stage = (text, section) => part.pre_tokenize_text(text, { section_index: section });
  const isolates = config?.type === 'Split' && !config.invert && config.behavior?.toLowerCase() !== 'removed';
  if (!isolates || !pattern) return own;
  return (text, section) => {
    // The library looks at each match and at what is between; where nothing is, the matches are the pieces.
    const words = text.match(pattern) ?? [];
    let length = 0;
    for (const word of words) {
      if (word.length === 0) return own(text, section);
      length += word.length;
    }
    return length === text.length ? words : own(text, section);
  };
}

function byteLevelStage({ add_prefix_space, use_regex, pattern }: PreTokenizer): Stage {
  return (text) => {
    const prefixed = add_prefix_space && !text.startsWith(' ') ? ` ${text}` : text;
    return use_regex && pattern ? (prefixed.match(pattern) ?? []) : [prefixed];
  };
}

function toBytes({ byte_encoder }: PreTokenizer, word: string): string {
  let piece = '';
  for (const byte of Buffer.from(word, 'utf8')) piece += byte_encoder![byte];
  return piece;
}

function mergesNotAcrossMarks(model: Model): boolean {
  if (!model.bpe || !model.merges || model.ignore_merges) return false;
  if (model.end_of_word_suffix || model.continuing_subword_suffix) return false;
  // A mark that is unknown would fuse with what is unknown before it.
  if (model.fuse_unk && !model.tokens_to_ids.has(MARK)) return false;
  return !model.merges.some(([left, right]) => ACROSS_MARK.test(left + right));
}
