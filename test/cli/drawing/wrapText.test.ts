import { expect, test } from 'vitest';

import { wrapText } from '../../../src/cli/drawing/wrapText.ts';

test('text is wrapped at words, and a word that is too long anywhere', () => {
  expect(wrapText('one two three', 8)).toEqual(['one two', 'three']);
  expect(wrapText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
});

test('line breaks and indentation stay', () => {
  expect(wrapText('a\r\n\n  b', 10)).toEqual(['a', '', '  b']);
});

test('what is cut is counted', () => {
  expect(wrapText('one two three four five six', 9, 3)).toEqual(['one two', 'three', '... 13 more characters']);
  expect(wrapText('x'.repeat(1_000_000), 10, 2)).toEqual(['xxxxxxxxxx', '... 999990 more characters']);
});

test('control characters and changes of direction cannot steer the terminal', () => {
  expect(wrapText('\u001B[2Jx\u0000\u202Ey', 80)).toEqual(['\\u001b[2Jx\\u0000\\u202ey']);
});
