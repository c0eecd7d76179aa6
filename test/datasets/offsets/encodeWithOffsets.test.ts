import { readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { loadTokenizer, type Tokenizer } from '../../../datasets/index.ts';
import { createLibraryTokenizer } from '../../../datasets/libraryTokenizer.ts';
import { encodeWithOffsets } from '../../../datasets/offsets/encodeWithOffsets.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../userErrorOf.ts';

type Change = Readonly<Record<string, unknown>>;

interface Golden {
  folder: string;
  name: string;
  change: Change;
  cases: { text: string; ids: number[]; offsets: number[]; before: number; count: number }[];
}

interface Definition {
  model: object;
  added_tokens: unknown[];
}

const GOLDEN = fileURLToPath(new URL('../../golden/tokenizerOffsets.json', import.meta.url));
const file = process.env['NASHTUNE_TOKENIZER_OFFSETS'] ?? GOLDEN;
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden[];
const tokenizers = new URL('../../golden/tokenizers/', import.meta.url);

/** A tokenizer with some fields of its tokenizer.json changed, its added tokens kept. */
async function loadChanged(from: string, change: Change): Promise<Tokenizer> {
  const folder = await temporaryFolder();
  await cp(from, folder, { recursive: true });
  const path = join(folder, 'tokenizer.json');
  const definition = JSON.parse(await readFile(path, 'utf8')) as Definition;
  const model = { ...definition.model, ...(change['model'] as object | undefined) };
  const added = [...definition.added_tokens, ...((change['added_tokens'] as unknown[] | undefined) ?? [])];
  await writeFile(path, JSON.stringify({ ...definition, ...change, model, added_tokens: added }));
  return loadTokenizer(folder);
}

const loadGolden = (name: string, change: Change = {}): Promise<Tokenizer> =>
  loadChanged(fileURLToPath(new URL(name, tokenizers)), change);

/** Python's spans, which count code points, in UTF-16 code units. */
function inUnits(text: string, offsets: readonly number[]): number[][] {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  return Array.from({ length: offsets.length / 2 }, (_, i) => [units[offsets[2 * i]!]!, units[offsets[2 * i + 1]!]!]);
}

test('there are tokenizers to compare with', () => expect(golden.length).toBeGreaterThan(0));

describe.each(golden)('$folder ($name)', ({ folder, change, cases }) => {
  test('agrees with the Python tokenizers on every text', async () => {
    const tokenizer = await loadChanged(join(dirname(file), folder), change);
    for (const { text, ids, offsets, before, count } of cases) {
      const expected = { text, ids, offsets: inUnits(text, offsets) };
      expect({ text, ...tokenizer.encodeWithOffsets(text) }).toEqual(expected);
      expect({ text, ...tokenizer.encodeWithOffsets(text, { addSpecialTokens: false }) }).toEqual({
        text,
        ids: ids.slice(before, before + count),
        offsets: expected.offsets.slice(before, before + count),
      });
    }
  });
});

const byteLevel = (prefix: boolean): object => ({ type: 'ByteLevel', add_prefix_space: prefix, trim_offsets: true });
const noise = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1 }),
    fc.constantFrom(' ', '\n', '\u0301', 'é', '한', 'ﬁ', '😀', '<s>', '\ud83d', 'the'),
  ),
  maxLength: 40,
});

describe.each([
  ['bytelevel_bpe', 'as it is', {}],
  ['bytelevel_bpe', 'NFC and a prefix', { normalizer: { type: 'NFC' }, pre_tokenizer: byteLevel(true) }],
  ['bytelevel_bpe', 'trimmed', { post_processor: byteLevel(false) }],
  ['sentencepiece_bpe', 'as it is', {}],
  ['unigram', 'as it is', {}],
])('the spans of %s (%s), whatever the text', (name, _, change) => {
  test('belong to the tokens of encode, in order, inside the text, and cut no character', async () => {
    const tokenizer = await loadGolden(name, change);
    fc.assert(
      fc.property(noise, fc.boolean(), (text, addSpecialTokens) => {
        const { ids, offsets } = tokenizer.encodeWithOffsets(text, { addSpecialTokens });
        expect(ids).toEqual(tokenizer.encode(text, { addSpecialTokens }));
        expect(offsets).toHaveLength(ids.length);
        const own = offsets.filter(([start, end], i) => end > start || (i > 0 && i < ids.length - 1));
        own.forEach(([start, end], i) => {
          const [lastStart, lastEnd] = own[i - 1] ?? [0, 0];
          expect(start).toBeGreaterThanOrEqual(lastStart);
          expect(end).toBeGreaterThanOrEqual(Math.max(start, lastEnd));
          expect(end).toBeLessThanOrEqual(text.length);
          for (const place of [start, end])
            expect(text.slice(place - 1, place + 1)).not.toMatch(/^[\ud800-\udbff][\udc00-\udfff]$/);
        });
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

test('the spans of a byte-level tokenizer that drops nothing cover the text', async () => {
  const tokenizer = await loadGolden('bytelevel_bpe');
  fc.assert(
    fc.property(noise, (text) => {
      let covered = '';
      let last = 0;
      for (const [start, end] of tokenizer.encodeWithOffsets(text).offsets) {
        // Several tokens of one character have the span of it.
        covered += text.slice(Math.max(start, last), end);
        last = end;
      }
      expect(covered).toBe(text);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('a character of several tokens is the span of each, in UTF-16 code units', async () => {
  const tokenizer = await loadGolden('sentencepiece_bpe');
  const { ids, offsets } = tokenizer.encodeWithOffsets('a😀b');
  expect(offsets.map(([start, end]) => 'a😀b'.slice(start, end))).toEqual(['', 'a', 'a', '😀', '😀', '😀', '😀', 'b']);
  expect(ids[0]).toBe(tokenizer.bosTokenId);
});

test("the mark of a word's end covers nothing, as in CLIP", async () => {
  const vocab = { '<|endoftext|>': 0, '<|im_start|>': 1, '<|im_end|>': 2, a: 3, b: 4, 'b</w>': 5, 'ab</w>': 6, '?': 7 };
  const model = { end_of_word_suffix: '</w>', vocab, merges: [['a', 'b</w>']], unk_token: '?' };
  const tokenizer = await loadGolden('bytelevel_bpe', { model, pre_tokenizer: { type: 'WhitespaceSplit' } });
  // As the Python tokenizers 0.23.3 give them.
  const ids = [3, 6, 7, 5, 4, 7, 5];
  const points = [0, 1, 1, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11];
  const text = 'aab 😀b ba b';
  expect(tokenizer.encodeWithOffsets(text)).toEqual({ ids, offsets: inUnits(text, points) });
});

describe('a part through which spans cannot be followed is named', () => {
  const vocab = { a: 0, '[UNK]': 1 };
  const bert = {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  };
  const merged = { type: 'Split', pattern: { String: 'l' }, behavior: 'MergedWithNext', invert: false };

  test.each([
    ['normalizer Precompiled', 'unigram', { normalizer: { type: 'Precompiled', precompiled_charsmap: null } }],
    ['normalizer BertNormalizer', 'unigram', { normalizer: { type: 'Sequence', normalizers: [bert] } }],
    ['pre-tokenizer BertPreTokenizer', 'unigram', { pre_tokenizer: { type: 'BertPreTokenizer' } }],
    ['pre-tokenizer FixedLength', 'unigram', { pre_tokenizer: { type: 'FixedLength', length: 2 } }],
    ['pre-tokenizer Split', 'unigram', { pre_tokenizer: merged }],
    ['model Unigram with byte_fallback', 'unigram', { model: { byte_fallback: true } }],
    ['model BPE with a continuing_subword_prefix', 'bytelevel_bpe', { model: { continuing_subword_prefix: '##' } }],
    [
      'model BPE without a token for "o"',
      'bytelevel_bpe',
      { model: { type: 'BPE', vocab: { h: 0, e: 1, l: 2 }, merges: [] } },
    ],
    ['model WordPiece', 'bytelevel_bpe', { model: { type: 'WordPiece', unk_token: '[UNK]', vocab } }],
  ])('%s', async (part, name, change) => {
    const tokenizer = await loadGolden(name, change);
    expect(tokenizer.encode('hello')).not.toEqual([]);
    const error = await userErrorOf(() => tokenizer.encodeWithOffsets('hello'), tokenizer.folder);
    expect(error.code).toBe('tokenizer.offsets');
    expect(error.message).toBe(
      './tokenizer.json: expected a tokenizer whose spans can be followed from token to text, found ' +
        `the ${part}. Use encode, which gives the ids alone.`,
    );
  });

  test.each(['remove_space', 'do_lowercase_and_remove_accent'])('the setting %s', async (setting) => {
    const folder = await temporaryFolder();
    await cp(fileURLToPath(new URL('unigram', tokenizers)), folder, { recursive: true });
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ [setting]: true }));
    const tokenizer = await loadTokenizer(folder);
    const error = await userErrorOf(() => tokenizer.encodeWithOffsets('hello'), folder);
    expect(error.message).toContain(`found the setting ${setting}.`);
  });
});

test('spans of other tokens than encode gives are never returned', async () => {
  const path = fileURLToPath(new URL('unigram/tokenizer.json', tokenizers));
  const definition = JSON.parse(await readFile(path, 'utf8')) as Parameters<typeof createLibraryTokenizer>[0];
  const library = createLibraryTokenizer(definition, {});
  library.encode = () => ({ ids: [5] });
  expect(() => encodeWithOffsets(library, 'hello', false)).toThrow(
    'followed other tokens than encode gives, in "hello"',
  );
});
