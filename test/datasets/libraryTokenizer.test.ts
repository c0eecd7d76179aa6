import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { loadTokenizer } from '../../datasets/index.ts';
import { createLibraryTokenizer } from '../../datasets/libraryTokenizer.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../golden/tokenizers/${name}`, import.meta.url));
const strip = (left: boolean, right: boolean): object => ({ type: 'Strip', strip_left: left, strip_right: right });
const metaspace = (split: boolean): object => ({ type: 'Metaspace', replacement: '▁', split });

/** Expected ids and texts are those of the Python tokenizers package, 0.23.3, on the same definitions. */
describe('texts that @huggingface/tokenizers 0.2.0 alone gets wrong agree with the Rust tokenizers', () => {
  test.each([
    [' \u0085x', [223, 129, 230, 90]],
    ['a \uFEFF b', [67, 223, 174, 122, 126, 278]],
    ["\uFEFF's", [174, 122, 126, 9, 85]],
  ])('byte-level splitting at rare white space: %j', async (text, ids) => {
    const tokenizer = await loadTokenizer(golden('bytelevel_bpe'));
    expect(tokenizer.encode(text)).toEqual(ids);
  });

  test('byte tokens that spell a byte order mark', async () => {
    const tokenizer = await loadTokenizer(golden('sentencepiece_bpe'));
    expect(tokenizer.decode([362, 323, 242, 190, 194, 324])).toBe('a\uFEFFb');
  });

  test('byte tokens that are not UTF-8', async () => {
    const tokenizer = await loadTokenizer(golden('sentencepiece_bpe'));
    expect(tokenizer.decode([100, 144])).toBe('\uFFFD\uFFFD');
  });

  const words = ['?', 'naïve', '!', 'x', '１', '２', '12', 'a\uFEFF', 'b', 'σασ', '▁b', '▁', '!!'];
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const whitespace = { type: 'Whitespace' };
  const split = { type: 'WhitespaceSplit' };
  const groups = { type: 'Sequence', pretokenizers: [whitespace, { type: 'Digits', individual_digits: false }] };
  const inSequence = { type: 'Sequence', normalizers: [strip(true, true)] };

  const prefixed = { type: 'Sequence', normalizers: [strip(true, true), { type: 'Prepend', prepend: '▁' }] };

  test.each([
    ['words beyond ASCII', 'naïve x!', whitespace, null, [1, 3, 2]],
    ['digits beyond ASCII', 'x１２', { type: 'Digits', individual_digits: true }, null, [3, 4, 5]],
    ['digits in groups', 'x12', groups, null, [3, 6]],
    ['splitting at Unicode white space', 'a\uFEFF\u0085b', split, null, [7, 8]],
    ['stripping both sides', '\u0085a\uFEFF', null, inSequence, [7]],
    ['stripping the left', ' b ', null, strip(true, false), [0]],
    ['lower case, letter by letter', 'ΣΑΣ', null, { type: 'Lowercase' }, [9]],
    ['a prefix, which an empty text has none of', ' ', null, prefixed, []],
    ['single punctuation marks', '!!x', { type: 'Punctuation' }, null, [2, 2, 3]],
    ['punctuation in groups', '!!x', { type: 'Punctuation', behavior: 'Contiguous' }, null, [12, 3]],
    ['cutting before each mark of a space', 'b b  b', metaspace(true), null, [10, 10, 11, 10]],
    ['not cutting before marks', 'b b  b', metaspace(false), null, [0]],
    ['stripping the right', 'b\n', null, strip(false, true), [8]],
  ])('%s', (_, text, preTokenizer, normalizer, ids) => {
    const definition = {
      added_tokens: [],
      normalizer,
      pre_tokenizer: preTokenizer,
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', vocab, unk_token: '?' },
    };
    const tokenizer = createLibraryTokenizer(definition, {});
    expect(tokenizer.encode(text, { add_special_tokens: false }).ids).toEqual(ids);
  });

  test.each([
    ['words', 'xx yy', [0, 0]],
    ['marks beside words', 'a!x', [1, 0, 0]],
    ['one word', 'axx', [1, 0]],
  ])('unknown tokens fuse within a word only: %s', (_, text, ids) => {
    const bpe = { type: 'BPE', vocab: { '?': 0, a: 1 }, merges: [], unk_token: '?', fuse_unk: true };
    const unigram = {
      type: 'Unigram',
      vocab: [
        ['?', 0],
        ['a', -1],
      ],
      unk_id: 0,
    };
    for (const model of [bpe, unigram]) {
      const rest = { added_tokens: [], normalizer: null, post_processor: null, decoder: null };
      const tokenizer = createLibraryTokenizer({ ...rest, pre_tokenizer: whitespace, model }, {});
      expect(tokenizer.encode(text, { add_special_tokens: false }).ids).toEqual(ids);
    }
  });

  const added = [
    { id: 14, content: '<l>', lstrip: true },
    { id: 15, content: '<r>', rstrip: true },
    { id: 16, content: '!', single_word: true },
    { id: 17, content: '\n' },
  ];

  test.each([
    ['no byte order mark', 'b\uFEFF<l>', [0, 14]],
    ['the next line', '<r>\u0085b', [15, 8]],
    ['no other token', '\n<l>b<r>\n', [17, 14, 8, 15, 17]],
    ['what another left of it', 'b<r> <l>', [8, 15, 14]],
  ])('an added token that strips white space takes %s', (_, text, ids) => {
    expect(encodeWithAdded(text)).toEqual(ids);
  });

  test.each([
    ['a whole word is one', '! b', [16, 0]],
    ['part of a word is none', 'b!b', [0]],
  ])('of an added token that is a word, %s', (_, text, ids) => {
    expect(encodeWithAdded(text)).toEqual(ids);
  });

  function encodeWithAdded(text: string): unknown[] {
    const definition = {
      added_tokens: added.map((token) => ({ ...token, normalized: false, special: true })),
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', vocab, unk_token: '?' },
    };
    return createLibraryTokenizer(definition, {}).encode(text, { add_special_tokens: false }).ids;
  }
});
