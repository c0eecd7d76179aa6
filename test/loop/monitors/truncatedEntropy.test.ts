import { expect, test } from 'vitest';

import { truncatedEntropy } from '../../../src/loop/monitors/index.ts';

test('the most likely tokens are made to sum to one', () => {
  const thirds = [Math.log(0.1), Math.log(0.1), Math.log(0.1)];
  expect(truncatedEntropy(thirds)).toBeCloseTo(Math.log(3), 12);
  const [p, q] = [0.75, 0.25];
  const expected = -(p * Math.log(p) + q * Math.log(q));
  expect(truncatedEntropy([Math.log(0.2), Math.log(0.6)])).toBeCloseTo(expected, 12);
});

test('certainty has none, and impossible tokens add none', () => {
  expect(truncatedEntropy([0])).toBe(0);
  expect(truncatedEntropy([-800, -800 + Math.log(2), -Infinity])).toBeCloseTo(0.6365141682948128, 10);
  expect(truncatedEntropy([])).toBeNaN();
});
