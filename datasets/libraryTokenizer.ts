import { Tokenizer } from '@huggingface/tokenizers';

/**
 * What we use of `@huggingface/tokenizers`. Its declarations import each other without file extensions, so that under
 * Node's module resolution every type of it is lost; these stand in for them.
 */
export interface LibraryTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[] };
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  get_vocab(): Map<string, number>;
  normalizer: Part | null;
  pre_tokenizer: Part | null;
  decoder: Part | null;
}

/** A component of tokenizer.json; a Sequence holds others in the array named after their kind. */
interface Part {
  /** Missing in a pre-tokenizer of type Sequence. */
  config?: { type?: string; strip_left?: boolean; strip_right?: boolean; individual_digits?: boolean };
  normalizers?: (Part | null)[];
  tokenizers?: (Part | null)[];
  decoders?: (Part | null)[];
  normalize?: (text: string) => string;
  pattern?: RegExp;
  decode_chain?: (tokens: string[]) => string[];
}

interface PreTokenizerDefinition {
  type?: string | undefined;
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
const LEADING_SPACE = /^\p{White_Space}+/u;
const TRAILING_SPACE = /\p{White_Space}+$/u;
const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

/**
 * Builds the library's tokenizer and corrects what version 0.2.0 does otherwise than the Rust `tokenizers` that models
 * are trained with: white space in the byte-level splitting rule and in the Strip normalizer, words and digits beyond
 * ASCII, and byte tokens that spell a byte order mark or invalid UTF-8.
 *
 * @throws {Error} when the library knows no such tokenizer
 */
export function createLibraryTokenizer(definition: Definition, config: object): LibraryTokenizer {
  const preTokenizer = withUnicodeSpaces(definition.pre_tokenizer);
  // A WordLevel model's unknown token is looked for in the config, where it need not be.
  const settings = { unk_token: definition.model['unk_token'], ...config };
  const tokenizer: LibraryTokenizer = new Tokenizer({ ...definition, pre_tokenizer: preTokenizer }, settings);
  correctNormalizer(tokenizer.normalizer);
  correctPreTokenizer(tokenizer.pre_tokenizer);
  correctDecoder(tokenizer.decoder);
  return tokenizer;
}

/** White-space pre-tokenizers by Unicode; the library's own know ASCII words and JavaScript's white space only. */
function withUnicodeSpaces(part: PreTokenizerDefinition | null): object | null {
  if (part?.type === 'Whitespace') {
    return { type: 'Split', pattern: { Regex: `[${WORD}]+|[^${WORD}\\s]+` }, behavior: 'Removed', invert: true };
  }
  if (part?.type === 'WhitespaceSplit') {
    return { type: 'Split', pattern: { Regex: '\\S+' }, behavior: 'Removed', invert: true };
  }
  return part?.pretokenizers ? { ...part, pretokenizers: part.pretokenizers.map(withUnicodeSpaces) } : part;
}

function correctNormalizer(part: Part | null): void {
  part?.normalizers?.forEach(correctNormalizer);
  if (part?.config?.type !== 'Strip') return;
  const { strip_left: left, strip_right: right } = part.config;
  part.normalize = (text) => {
    const start = left ? text.replace(LEADING_SPACE, '') : text;
    return right ? start.replace(TRAILING_SPACE, '') : start;
  };
}

function correctPreTokenizer(part: Part | null): void {
  part?.tokenizers?.forEach(correctPreTokenizer);
  if (part?.config?.type === 'ByteLevel') part.pattern = BYTE_LEVEL_PATTERN;
  if (part?.config?.type === 'Digits') {
    part.pattern = part.config.individual_digits ? /\P{N}+|\p{N}/gu : /\P{N}+|\p{N}+/gu;
  }
}

function correctDecoder(part: Part | null): void {
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
