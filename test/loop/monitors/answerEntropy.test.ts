import { expect, test } from 'vitest';

import { answerEntropy } from '../../../src/loop/monitors/index.ts';
import { sampleRow } from '../tableRows.ts';

test('entropy is the mean of -log p over tokens, long answers weighing more', () => {
  const short = { ...sampleRow('a', 0, 'x'), token_logps: [-1] };
  const long = { ...sampleRow('b', 0, 'y'), token_logps: [-2, -3, -4] };
  expect(answerEntropy([short, long])).toBe(2.5);
  expect(answerEntropy([])).toBeNaN();
});
