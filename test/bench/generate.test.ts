import { expect, test } from 'vitest';

import { benchGenerate } from '../../bench/generate.ts';
import { TINY_MODEL } from './tinyModel.ts';

const TERMS = { model: TINY_MODEL, rows: 4, promptTokens: 6, newTokens: 10 };

test('generation reports speed per new token of all rows, and the same tokens for the same seed', async () => {
  const result = await benchGenerate({ steps: 2, seed: 3, precision: 'fp32' }, TERMS);
  expect(result).toMatchObject({ benchmark: 'generate', precision: 'fp32', seed: 3 });
  expect(result.tokensPerSecond).toBeCloseTo(4 / result.stepSecondsMedian, 6);
  expect(result.compileSeconds).toBeGreaterThanOrEqual(0);
  expect(result.peakRssMB).toBeGreaterThan(10);
  expect(result.firstTokens).toHaveLength(8);
  const again = await benchGenerate({ steps: 1, seed: 3, precision: 'fp32' }, TERMS);
  expect(again.firstTokens).toEqual(result.firstTokens);
});
