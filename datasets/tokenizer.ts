import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../src/base/userError.ts';
import { createLibraryTokenizer } from './libraryTokenizer.ts';
import type { LibraryTokenizer } from './libraryTokenizer.ts';
import { listProblems, reasonOf, schemaProblems } from './listProblems.ts';
import { encodeWithOffsets } from './offsets/encodeWithOffsets.ts';
import type { Encoding } from './offsets/encodeWithOffsets.ts';
import { UntrackedPart } from './offsets/untrackedPart.ts';
import { readInput } from './readers/readInput.ts';
import { textEncoder } from './textEncoder.ts';

/** Text to token ids and back, as the Hugging Face tokenizer of the same folder does it. */
export interface Tokenizer {
  /** The folder it was loaded from, for messages. */
  folder: string;
  /** Token ids of a text; `addSpecialTokens` (default true) lets the tokenizer add its own, such as a leading BOS. */
  encode(text: string, options?: { addSpecialTokens?: boolean }): number[];
  /**
   * Token ids of a text, as `encode` gives them, and where each stands in it: start and end in UTF-16 code units, as
   * `text.slice` takes them. The spans are those of the Python library `tokenizers`, which counts code points instead:
   *
   * - what the post-processor adds, such as a leading BOS, has [0, 0];
   * - a character whose bytes are several tokens is the span of each of them, so no span cuts a character in two;
   * - a composed character (NFC) stands for the first character of those it was composed from, and what a normalizer or
   *   pre-tokenizer puts before the text for the first character of it;
   * - white space that an added token strips belongs to that token; with `trim_offsets` white space belongs to none.
   *
   * Both differ where normalization meets characters newer than Unicode 9, which `tokenizers` does not normalize.
   *
   * @throws {UserError} `tokenizer.offsets` naming a part of the tokenizer through which spans cannot be followed exactly
   *   (such as the normalizers Precompiled and BertNormalizer and the model WordPiece); `encode` still works
   * @example
   * const { ids, offsets } = tokenizer.encodeWithOffsets('naïve 😀');
   * const covered = offsets.map(([start, end]) => 'naïve 😀'.slice(start, end));
   */
  encodeWithOffsets(text: string, options?: { addSpecialTokens?: boolean }): Encoding;
  /** Text of token ids, with its spaces as they are; `skipSpecialTokens` (default false) leaves special tokens out. */
  decode(ids: readonly number[], options?: { skipSpecialTokens?: boolean }): string;
  /** One more than the largest id. */
  vocabSize: number;
  bosTokenId: number | null;
  eosTokenId: number | null;
  padTokenId: number | null;
  /** Special tokens by their names in tokenizer_config.json, such as `bos_token`; templates see them under these names. */
  specialTokens: Readonly<Record<string, string>>;
  /** Jinja source, null when the folder has none. */
  chatTemplate: string | null;
}

const preTokenizer = z.looseObject({
  type: z.string().optional(),
  replacement: z.string().optional(),
  split: z.boolean().nullish(),
  get pretokenizers() {
    return z.array(preTokenizer).optional();
  },
});
const tokenizerFile = z.looseObject({
  model: z.looseObject({}),
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })).default([]),
  normalizer: z.looseObject({}).nullable().default(null),
  pre_tokenizer: preTokenizer.nullable().default(null),
  post_processor: z.looseObject({}).nullable().default(null),
  decoder: z.looseObject({}).nullable().default(null),
});

const specialToken = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform((token) => token.content)])
  .nullish();
const specialTokens = z.object({
  bos_token: specialToken,
  eos_token: specialToken,
  pad_token: specialToken,
  unk_token: specialToken,
  sep_token: specialToken,
  cls_token: specialToken,
  mask_token: specialToken,
});
const configFile = specialTokens.loose().extend({
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
});
type Config = z.infer<typeof configFile>;

/**
 * Loads tokenizer.json, tokenizer_config.json and, when there is one, chat_template.jinja (which wins over the config's
 * own template, as in transformers) from a model folder.
 *
 * @throws {UserError} when a file is missing, not JSON or not what a tokenizer needs
 * @example const tokenizer = await loadTokenizer('./my-model');
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const path = join(folder, 'tokenizer.json');
  const definition = await readJson(path, tokenizerFile);
  const config = await readJson(join(folder, 'tokenizer_config.json'), configFile);
  const library = construct(path, definition, config);
  const encode = textEncoder(library);
  const special = namedTokens(config);
  let vocabSize = 0;
  for (const id of library.get_vocab().values()) vocabSize = Math.max(vocabSize, id + 1);
  return {
    folder,
    encode: (text, options) => encode(text, options?.addSpecialTokens ?? true),
    encodeWithOffsets: (text, options) => withOffsets(path, library, text, options?.addSpecialTokens ?? true),
    decode: (ids, options) => decode(library, ids, options?.skipSpecialTokens ?? false),
    vocabSize,
    bosTokenId: specialId(folder, library, 'bos_token', special),
    eosTokenId: specialId(folder, library, 'eos_token', special),
    padTokenId: specialId(folder, library, 'pad_token', special),
    specialTokens: special,
    chatTemplate: await readTemplate(folder, config),
  };
}

function withOffsets(path: string, library: LibraryTokenizer, text: string, addSpecialTokens: boolean): Encoding {
  try {
    return encodeWithOffsets(library, text, addSpecialTokens);
  } catch (error) {
    if (!(error instanceof UntrackedPart)) throw error;
    throw new UserError(
      'tokenizer.offsets',
      `${path}: expected a tokenizer whose spans can be followed from token to text, found ${error.message}. ` +
        'Use encode, which gives the ids alone.',
      { cause: error },
    );
  }
}

function decode(library: LibraryTokenizer, ids: readonly number[], skipSpecialTokens: boolean): string {
  // The library refuses an empty list, and cleans spaces up unless told otherwise.
  if (ids.length === 0) return '';
  return library.decode([...ids], { skip_special_tokens: skipSpecialTokens, clean_up_tokenization_spaces: false });
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const text = (await readInput(path)).toString('utf8');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw malformed(path, `JSON, found invalid JSON (${reasonOf(error)})`, error);
  }
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const problems = listProblems(schemaProblems(result.error));
  throw malformed(path, `the fields of a Hugging Face tokenizer, found:\n${problems}\n`, result.error);
}

function construct(path: string, definition: z.infer<typeof tokenizerFile>, config: object): LibraryTokenizer {
  try {
    return createLibraryTokenizer(definition, config);
  } catch (error) {
    throw malformed(
      path,
      `a tokenizer that @huggingface/tokenizers supports, found another (${reasonOf(error)})`,
      error,
    );
  }
}

function malformed(path: string, expectedAndFound: string, cause: unknown): UserError {
  const end = expectedAndFound.endsWith('\n') ? '' : '. ';
  const message = `${path}: expected ${expectedAndFound}${end}Save the tokenizer again with save_pretrained.`;
  return new UserError('tokenizer.malformed', message, { cause });
}

function namedTokens(config: Config): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [name, token] of Object.entries(specialTokens.parse(config))) {
    if (token !== null && token !== undefined) named[name] = token;
  }
  return named;
}

function specialId(
  folder: string,
  library: LibraryTokenizer,
  name: string,
  special: Readonly<Record<string, string>>,
): number | null {
  const token = special[name];
  if (token === undefined) return null;
  const id = library.token_to_id(token);
  if (id !== undefined) return id;
  throw new UserError(
    'tokenizer.specialToken',
    `${join(folder, 'tokenizer_config.json')}: expected "${name}" to name a token of tokenizer.json, found "${token}". ` +
      'Add the token to tokenizer.json or name another.',
  );
}

async function readTemplate(folder: string, config: Config): Promise<string | null> {
  const path = join(folder, 'chat_template.jinja');
  const { chat_template: own } = config;
  if (existsSync(path)) return (await readInput(path)).toString('utf8');
  return (Array.isArray(own) ? own.find(({ name }) => name === 'default')?.template : own) ?? null;
}
