import { expect, test } from 'vitest';

import { benchTrain } from '../../bench/train.ts';
import { fastPrecision } from '../../src/engine/index.ts';
import { TINY_MODEL } from './tinyModel.ts';

const TERMS = { model: TINY_MODEL, pairs: 2, length: 32 };

test('training reports speed, compilation, memory and its circumstances, in the precision that is faster here', async () => {
  const result = await benchTrain({ steps: 3, seed: 1, precision: 'auto' }, TERMS);
  expect(result).toMatchObject({ benchmark: 'train', precision: fastPrecision('training'), mode: 'default', seed: 1 });
  expect(result.tokensPerSecond).toBeCloseTo(128 / result.stepSecondsMedian, 6);
  expect(result.stepSecondsMedian).toBeGreaterThanOrEqual(result.stepSecondsRange[0]);
  expect(result.stepSecondsMedian).toBeLessThanOrEqual(result.stepSecondsRange[1]);
  expect(result.compileSeconds).toBeGreaterThanOrEqual(0);
  expect(result.peakRssMB).toBeGreaterThan(10);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
});

test('steps train: the loss falls, in every mode and equally for equal seeds', async () => {
  const bench = (mode?: 'graph' | 'eager'): ReturnType<typeof benchTrain> =>
    benchTrain({ steps: 2, seed: 7, precision: 'fp32', mode }, TERMS);
  const { losses } = await bench();
  expect(losses).toHaveLength(3);
  expect(losses[2]).toBeLessThan(losses[0]!);
  expect((await bench()).losses).toEqual(losses);
  const eager = await bench('eager');
  expect(eager.mode).toBe('eager');
  eager.losses.forEach((loss, i) => expect(loss).toBeCloseTo(losses[i]!, 4));
});
