import { expect, test } from 'vitest';

import { BYTE_CHARACTERS, learnMerges } from '../../src/world/bytePairs.ts';

test('the most frequent pair is merged first, then pairs with the new token', () => {
  // "low" x 3, "lower" x 2: l-o and o-w 5 times each, "lo" comes first; then lo-w 5, then e-r 2 before low-e 2
  expect(learnMerges(['low', 'low', 'low', 'lower', 'lower'], 4)).toEqual([
    ['l', 'o'],
    ['lo', 'w'],
    ['e', 'r'],
    ['low', 'er'],
  ]);
});

test('a space belongs to the word after it, and no merge crosses words', () => {
  expect(learnMerges(['a b', 'a b'], 9)).toEqual([['Ġ', 'b']]);
});

test('it ends early when every word is one token', () => {
  expect(learnMerges(['ab', 'ab'], 100)).toEqual([['a', 'b']]);
  expect(learnMerges([], 100)).toEqual([]);
});

test('overlapping pairs are merged from the left', () => {
  expect(learnMerges(['aaa'], 2)).toEqual([
    ['a', 'a'],
    ['aa', 'a'],
  ]);
});

test('letters beyond ASCII are merged by their bytes', () => {
  const [merge] = learnMerges(['é'], 1);
  expect(merge).toEqual([BYTE_CHARACTERS[0xc3], BYTE_CHARACTERS[0xa9]]);
});

test('every byte has a character of its own, and printable ASCII stands for itself', () => {
  expect(new Set(BYTE_CHARACTERS).size).toBe(256);
  expect(BYTE_CHARACTERS[0x41]).toBe('A');
  expect([BYTE_CHARACTERS[0x20], BYTE_CHARACTERS[0x0a]]).toEqual(['Ġ', 'Ċ']);
});
