import { expect, test } from 'vitest';

import { distinctRatio } from '../../../src/loop/monitors/index.ts';
import { sampleRow } from '../tableRows.ts';

test('the share of distinct answers is averaged over prompts with several', () => {
  const same = ['x', 'x', 'x', 'x'].map((text, k) => sampleRow('a', k, text));
  const mixed = ['x', 'y', 'x', 'z'].map((text, k) => sampleRow('b', k, text));
  expect(distinctRatio(same)).toBe(1 / 4);
  expect(distinctRatio([...same, ...mixed, sampleRow('alone', 0, 'x')])).toBe((1 / 4 + 3 / 4) / 2);
});

test('single answers tell nothing', () => {
  expect(distinctRatio([sampleRow('a', 0, 'x'), sampleRow('b', 0, 'x')])).toBeNaN();
});
