import { expect, test } from 'vitest';

import { answerStyle } from '../../../bench/arenaHard/answerStyle.ts';

/** Counts of headers, list items and bold spans by Python's `re` with Arena-Hard's patterns. */
const CASES: readonly [text: string, counts: readonly number[]][] = [
  ['# a\n## b\n#no\n- x\n* y\n+ z\n1. one\n 2. two\n**bold** and __also__\n', [2, 5, 2]],
  ['````markdown\n```\n# in code\n```\n````', [0, 0, 0]],
  ['a\u2028# no line here\r# nor here\n# here', [1, 0, 0]],
  ['\u0663. arabic digit\n\n\n- after blank lines', [0, 2, 0]],
  ['**a*b** **c\nd** **e** __f_g__ __h__', [0, 0, 3]],
  // What a block holds is taken away behind it as well.
  ['```\n- x\n``` then\n- y', [0, 1, 0]],
];

test.each(CASES)('Markdown is counted as Arena-Hard counts it: %j', (text, counts) => {
  const { headers, lists, bold } = answerStyle(text);
  expect([headers, lists, bold]).toEqual(counts);
});

test('the length is in words and signs', () => {
  expect(answerStyle('Two words, twice.').length).toBe(5);
});
