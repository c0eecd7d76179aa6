import { expect, test } from 'vitest';

import { closest, didYouMean } from '../../src/base/closest.ts';

test.each([
  ['spo', 'sppo'],
  ['psop', undefined],
  ['sppp', 'sppo'],
  ['quickstrat', 'quickstart'],
  ['quick', 'quickstart'],
  ['SPPO', 'sppo'],
  ['zzz', undefined],
  ['s', undefined],
  ['', undefined],
])('the word "%s" most likely means %s', (word, meant) => {
  expect(closest(word, ['quickstart', 'sppo'])).toBe(meant);
});

test('of two near candidates the nearer one is meant', () => {
  expect(closest('limits', ['limit', 'limbs'])).toBe('limit');
});

test('swapped neighbours count as one slip', () => {
  expect(closest('ot', ['to'])).toBe(undefined);
  expect(closest('sede', ['seed', 'side'])).toBe('seed');
});

test('a suggestion is a sentence to append, or nothing', () => {
  expect(didYouMean('spo', ['sppo'])).toBe(' Did you mean "sppo"?');
  expect(didYouMean('zzz', ['sppo'])).toBe('');
});
