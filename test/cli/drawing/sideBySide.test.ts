import { expect, test } from 'vitest';

import { sideBySide } from '../../../src/cli/drawing/sideBySide.ts';

const BLOCKS = [
  { heading: 'chosen', text: 'A first answer of several words, long enough for two lines.' },
  { heading: 'rejected', text: 'Short.' },
];

test('blocks stand side by side where the terminal is wide', () => {
  expect(sideBySide(BLOCKS, 83, 10)).toBe(
    [
      'chosen                                     rejected',
      'A first answer of several words, long      Short.',
      'enough for two lines.',
    ].join('\n'),
  );
});

test('blocks go below each other where it is narrow', () => {
  expect(sideBySide(BLOCKS, 70, 10)).toBe(
    ['chosen', '  A first answer of several words, long enough for two lines.', 'rejected', '  Short.'].join('\n'),
  );
});

test('columns hold their place beside characters that are two columns wide', () => {
  const [, line] = sideBySide(
    [
      { heading: 'a', text: '日本語' },
      { heading: 'b', text: 'x' },
    ],
    83,
    10,
  ).split('\n');
  expect(line).toBe(`日本語${' '.repeat(40 - 6 + 3)}x`);
});
