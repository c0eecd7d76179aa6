import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { RoundTableJob } from '../../../bench/peerTable/peerTableJob.ts';
import { sppoRound } from '../../../bench/peerTable/sppoRound.ts';
import { BASE_POLICY } from '../../../src/world/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { saveTinyModel } from '../saveTinyModel.ts';

const STOPS = [
  [3, 9, 1],
  [6, 2, 4],
  [1, 5, 8],
];

test('a round answers as long as imposed, trains on one pair a prompt, and tells the seconds of its stages', async () => {
  const model = join(await temporaryFolder(), 'policy');
  await saveTinyModel(model);
  const job: RoundTableJob = {
    kind: 'round',
    model,
    tokenizer: BASE_POLICY,
    judge: 'test/golden/pairRm/hf',
    precision: 'fp32',
    seed: 1,
    threads: 2,
    device: 'cpu',
    padToken: 0,
    prompts: STOPS.map((_, i) => ({
      messages: [{ role: 'user', content: 'Where does the bird rest?' }],
      ids: [5, 6, 7 + i],
    })),
    stops: STOPS,
    rows: { ours: 4, peer: 4 },
    beta: 1e-3,
    learningRate: 5e-7,
    weightDecay: 0.01,
    batchSize: 3,
  };
  const run = await sppoRound(job);
  expect(run).toMatchObject({ tokens: 39, trainedPairs: 3, spread: 0, compileSeconds: 0 });
  expect(Object.keys(run.stages)).toEqual(['load', 'sample', 'judge', 'reference', 'train', 'save']);
  expect(Math.min(...Object.values(run.stages))).toBeGreaterThan(0);
  const seconds = Object.values(run.stages).reduce((a, b) => a + b);
  expect(run.stepSecondsMedian).toBeCloseTo(seconds, 6);
  expect(run.tokensPerSecond * seconds).toBeCloseTo(39, 6);
  // Each prompt twice, and at least the shortest and the second shortest answer to each.
  expect(run.trainedTokens).toBeGreaterThanOrEqual(3 * 6 + 4 + 6 + 6);
  expect(run.trainedTokens).toBeLessThanOrEqual(3 * 6 + 12 + 10 + 13);
});
