import { expect, test } from 'vitest';

import { benchTrain, type TrainBenchOptions } from '../../bench/train.ts';
import { randomTrainJob } from '../../bench/trainJob.ts';
import { fastPrecision } from '../../src/engine/index.ts';
import { TINY_MODEL } from './tinyModel.ts';

const TERMS = { model: TINY_MODEL, pairs: 2, length: 32 };
const bench = (steps: number, options: Partial<TrainBenchOptions>): ReturnType<typeof benchTrain> =>
  benchTrain(randomTrainJob(TERMS, { steps, seed: 7 }), { seed: 7, precision: 'fp32', ...options });

test('training reports speed, compilation, memory and its circumstances, in the precision that is faster here', async () => {
  const result = await bench(3, { precision: 'auto' });
  expect(result).toMatchObject({ benchmark: 'train', precision: fastPrecision(), mode: 'default', seed: 7 });
  // 3 steps of 2 pairs of 2 sequences.
  expect(result).toMatchObject({ tokens: 3 * 2 * 2 * 32, steps: 3, loss: 'dpo', parameters: 3632 });
  const [fastest, slowest] = result.stepSecondsRange;
  expect(result.tokensPerSecond).toBeGreaterThanOrEqual(128 / slowest - 1e-6);
  expect(result.tokensPerSecond).toBeLessThanOrEqual(128 / fastest + 1e-6);
  expect(result.stepSecondsMedian).toBeGreaterThanOrEqual(fastest);
  expect(result.stepSecondsMedian).toBeLessThanOrEqual(slowest);
  expect(result.compileSeconds).toBeGreaterThanOrEqual(0);
  expect(result.peakRssMB).toBeGreaterThan(10);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
});

test('a step starts at the reference and is the same in every mode and for equal seeds', async () => {
  const { losses } = await bench(2, {});
  expect(losses).toHaveLength(3);
  expect(losses[0]).toBeCloseTo(Math.LN2, 6);
  expect(losses[1]).toBeLessThan(losses[0]!);
  expect((await bench(2, {})).losses).toEqual(losses);
  const eager = await bench(2, { mode: 'eager' });
  expect(eager.mode).toBe('eager');
  eager.losses.forEach((loss, i) => expect(loss).toBeCloseTo(losses[i]!, 4));
});

test('adapters, micro-batches, shared prompts and losses with a judge train as well', async () => {
  const eager = { mode: 'eager' } as const;
  const lora = await bench(1, { ...eager, loraRank: 2 });
  expect(lora.losses[0]).toBeCloseTo(Math.LN2, 6);
  const micro = await bench(1, { ...eager, microBatchSize: 1 });
  expect(micro.losses[0]).toBeCloseTo(Math.LN2, 6);
  const sppo = await bench(1, { ...eager, loss: 'sppo', lossOptions: { beta: 1 }, layout: 'shared-prompt' });
  expect(sppo.losses[0]).toBeCloseTo(0.0625, 6);
  expect(sppo.tokens).toBe(lora.tokens);
});

test('a loss that pairs and one policy cannot feed is refused', async () => {
  const nft = bench(1, { mode: 'eager', loss: 'nft', lossOptions: {} });
  await expect(nft).rejects.toThrow(/^--loss: expected a loss of pairs of summed log-probabilities, nft reads /);
});
