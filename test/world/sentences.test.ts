import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { containsPhrase, fill, similarity, splitSentences, wordsOf } from '../../src/world/sentences.ts';

test('a text is cut after its punctuation, and a cut-off rest is kept', () => {
  expect(splitSentences('Of course! Here it is... Then, add sal')).toEqual([
    'Of course!',
    ' Here it is...',
    ' Then, add sal',
  ]);
});

test('punctuation and white space alone make no sentence', () => {
  expect(splitSentences('')).toEqual([]);
  expect(splitSentences(' . !? \n')).toEqual([]);
});

test('words are lower case and free of punctuation, in any script', () => {
  expect(wordsOf("Don't STOP, Ünal: 3 世界!")).toEqual(["don't", 'stop', 'ünal', '3', '世界']);
});

test('a phrase is found as whole words only', () => {
  expect(containsPhrase(['in', 'winter', 'time'], 'in winter')).toBe(true);
  expect(containsPhrase(['begin', 'winter'], 'in winter')).toBe(false);
});

test('similarity is the common subsequence over the mean length', () => {
  // "a c" of "a b c" and "a c d e": 2 * 2 / (3 + 4)
  expect(similarity(['a', 'b', 'c'], ['a', 'c', 'd', 'e'])).toBeCloseTo(4 / 7, 12);
  expect(similarity(['c', 'b', 'a'], ['a', 'b', 'c'])).toBeCloseTo(1 / 3, 12);
  expect(similarity([], [])).toBe(0);
});

test('similarity is symmetric, within [0, 1], and 1 for equal sentences', () => {
  const sentence = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(sentence, sentence, (a, b) => {
      const value = similarity(a, b);
      expect(value).toBe(similarity(b, a));
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
      expect(similarity(a, a)).toBe(1);
    }),
    { seed: 1 },
  );
});

test('a template is filled by name', () => {
  expect(fill('{b} and {a}, {b}', { a: 'x', b: 'y' })).toBe('y and x, y');
});
