import { expect, test } from 'vitest';

import { benchGenerate } from '../../bench/generate.ts';
import { randomGenerateJob } from '../../bench/generateJob.ts';
import { TINY_MODEL } from './tinyModel.ts';

const TERMS = { model: TINY_MODEL, rows: 4, promptTokens: 6, newTokens: 10 };

test('generation reports speed per new token of all rows', async () => {
  const job = randomGenerateJob(TERMS, { seed: 3 });
  const result = await benchGenerate(job, { steps: 2, seed: 3, precision: 'fp32' });
  expect(result).toMatchObject({ benchmark: 'generate', precision: 'fp32', seed: 3, tokens: 2 * 4 * 10, steps: 2 });
  expect(result).toMatchObject({ batchSize: 4, promptTokens: 24, newTokens: 10 });
  const [fastest, slowest] = result.stepSecondsRange;
  expect(result.tokensPerSecond).toBeGreaterThanOrEqual(4 / slowest - 1e-6);
  expect(result.tokensPerSecond).toBeLessThanOrEqual(4 / fastest + 1e-6);
  expect(result.compileSeconds).toBeGreaterThanOrEqual(0);
  expect(result.peakRssMB).toBeGreaterThan(10);
  expect(result.firstTokens).toHaveLength(8);
});
