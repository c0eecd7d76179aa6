import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import { createRunningReward } from '../../src/training/runningReward.ts';

beforeAll(async () => {
  await startEngine();
});

test('is the mean of the batches so far, which a step sees before it', async () => {
  const running = createRunningReward();
  const means: number[] = [];
  for (const [i, reward] of [2, 4, -3].entries()) {
    const { delta, batchShare } = await running.inputs(i + 1);
    means.push(delta![0] as number);
    expect(batchShare![0]).toBeCloseTo(1 / (i + 1), 6);
    await running.update(i + 1, { 'rewards/chosen': reward + 1, 'rewards/rejected': reward - 1 });
  }
  expect(means).toEqual([0, 2, 3]);
  const evaluated = await running.inputs(Infinity);
  expect([evaluated['delta']![0], evaluated['batchShare']![0]]).toEqual([1, 0]);
  running.dispose();
});
