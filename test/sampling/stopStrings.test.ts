import { expect, test } from 'vitest';

import { stopLength } from '../../src/sampling/stopStrings.ts';

const pieces = ['he', 'll', 'o', ' wor', 'ld', '!'];
const decode = (ids: readonly number[]): string => ids.map((id) => pieces[id]).join('');
/** As a tokenizer that joins a space and a full stop. */
const joining = (ids: readonly number[]): string =>
  ids
    .map((id) => [' ', 'a', '.'][id])
    .join('')
    .replaceAll(' .', '.');
const all = [0, 1, 2, 3, 4, 5];

test('a stop string ends a response with the token that completes it, over token boundaries', () => {
  expect(stopLength(all, 0, ['lo w'], decode)).toBe(4);
  expect(stopLength(all, 0, ['world'], decode)).toBe(5);
  expect(stopLength(all, 0, ['h'], decode)).toBe(1);
});

test('the first of several stop strings counts', () => {
  expect(stopLength(all, 0, ['!', 'ell'], decode)).toBe(2);
});

test('a text without stop string goes on', () => {
  expect(stopLength(all, 0, ['?'], decode)).toBeNull();
  expect(stopLength([], 0, ['?'], decode)).toBeNull();
});

test('how many tokens come at a time changes nothing, even when later tokens change the text', () => {
  const ids = [1, 0, 2, 1];
  expect(stopLength(ids, 0, ['a '], joining)).toBe(2);
  const inParts = [1, 2, 3, 4].map((length) => stopLength(ids.slice(0, length), length - 1, ['a '], joining));
  expect(inParts.find((length) => length !== null)).toBe(2);
});
