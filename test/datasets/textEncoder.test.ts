import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createLibraryTokenizer } from '../../datasets/libraryTokenizer.ts';
import { textEncoder } from '../../datasets/textEncoder.ts';

interface Definition {
  model: Record<string, unknown>;
  added_tokens: object[];
  pre_tokenizer: object | null;
}
type Change = Partial<Omit<Definition, 'model'>> & { model?: object };

const file = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../golden/${name}`, import.meta.url)), 'utf8');

/** A golden tokenizer with some fields changed, its added tokens kept. */
function changed(folder: string, change: Change): Definition {
  const definition = JSON.parse(file(`${folder}/tokenizer.json`)) as Definition;
  return {
    ...definition,
    ...change,
    model: { ...definition.model, ...change.model },
    added_tokens: [...definition.added_tokens, ...(change.added_tokens ?? [])],
  };
}

const golden = JSON.parse(file('tokenizerOffsets.json')) as { folder: string; name: string; change: Change }[];
const split = { type: 'Split', pattern: { Regex: '\\s?\\p{L}+|\\p{N}' }, behavior: 'Isolated', invert: false };
const bytes = (useRegex: boolean): object => ({ type: 'ByteLevel', add_prefix_space: true, use_regex: useRegex });
const nested = { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, split, bytes(false)] };
const variants: [name: string, definition: Definition][] = [
  ...golden.map(({ folder, name, change }): [string, Definition] => [`${folder} (${name})`, changed(folder, change)]),
  ['words that a pattern leaves parts between', changed('tokenizers/bytelevel_bpe', { pre_tokenizer: nested })],
  ['bytes of a whole text', changed('tokenizers/bytelevel_bpe', { pre_tokenizer: bytes(false) })],
  ['merges of words in whole texts', wordMerges({})],
  ['the same without bytes', wordMerges({ byte_fallback: false })],
  ['whole pieces before merges', withWhole('▁the▁the')],
  [
    'an ending for words',
    changed('tokenizers/bytelevel_bpe', { model: { end_of_word_suffix: '</w>', unk_token: '<|endoftext|>' } }),
  ],
  [
    'unknown tokens that fuse',
    changed('tokenizers/sentencepiece_bpe', { model: { byte_fallback: false, fuse_unk: true } }),
  ],
  ['unigrams of words', changed('tokenizers/unigram', { pre_tokenizer: { type: 'Whitespace' } })],
];

/** As Llama 2: a BPE that takes whole texts, but merges words only. */
function wordMerges(model: object): Definition {
  const definition = changed('tokenizers/sentencepiece_bpe', {});
  const merges = (definition.model['merges'] as [string, string][]).filter((merge) => !/[^▁]▁/.test(merge.join('')));
  return { ...definition, model: { ...definition.model, merges, ...model } };
}

/** One whose vocabulary holds more than a word. */
function withWhole(piece: string): Definition {
  const { vocab } = changed('tokenizers/sentencepiece_bpe', {}).model;
  return wordMerges({ ignore_merges: true, vocab: { ...(vocab as object), [piece]: 5000 } });
}

const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1 }),
    fc.constantFrom(' ', '  ', '\n', '\u2581', 'é', '한', '😀', '\ud83d', 'the', ' of', "'s", '12', '語', '\u0301'),
    fc.constantFrom('<s>', '</s>', '<unk>', '<|im_end|>', '<|im_start|>', '[SEP]', '<x>'),
  ),
  maxLength: 60,
});

describe.each(variants)('%s', (_, definition) => {
  test('gives the ids of the library, also for words and parts met before', () => {
    const library = createLibraryTokenizer(definition, {});
    const encode = textEncoder(library);
    fc.assert(
      fc.property(text, fc.boolean(), (text, add) => {
        const plain = library.encode(text, { add_special_tokens: add }).ids.filter((id) => id !== undefined);
        expect(encode(text, add)).toEqual(plain);
        expect(encode(text, add)).toEqual(plain);
      }),
      { seed: 1, numRuns: 60, examples: [['the the', false]] },
    );
  });
});
