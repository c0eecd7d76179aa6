import { expect, test } from 'vitest';

import { numberIn } from '../../../datasets/adapters/numberIn.ts';

test.each([
  [0.5, 0.5],
  [7n, 7],
  [' 4.5 ', 4.5],
  ['', undefined],
  ['N/A', undefined],
  [null, undefined],
  [Number.NaN, undefined],
  ['Infinity', undefined],
  [true, undefined],
])('%s in a cell is %s', (cell, number) => expect(numberIn(cell)).toBe(number));
