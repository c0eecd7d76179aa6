import { afterAll, beforeAll, expect, test } from 'vitest';

import { pairBatches, type ExampleBatch, type TokenizedPair } from '../../datasets/index.ts';
import type { Policy } from '../../src/models/index.ts';
import { createSampler } from '../../src/sampling/index.ts';
import { createTrainer } from '../../src/training/index.ts';
import { logTransfers } from '../engine/logTransfers.ts';
import { loadGoldenPolicy } from '../models/modelCases.ts';

const pairs: TokenizedPair[] = Array.from({ length: 4 }, (_, i) => ({
  id: String(i),
  promptIds: [5 + i, 6, 7],
  chosenIds: [20 + i, 21, 22, 2],
  rejectedIds: [30 + i, 31, 2],
}));
const extra = { refChosenLogps: new Float32Array(4).fill(-20), refRejectedLogps: new Float32Array(4).fill(-15) };

const batchOf = (microBatchSize: number): ExampleBatch =>
  pairBatches(pairs, { batchSize: 4, microBatchSize, maxLength: 16, padTokenId: 0, order: 'given' }).next().value!;

/** Tests that the engine reads values of tensors only where a step or a loop of decoding has ended; it must run. */
export function transferTests(): void {
  let policy: Policy;
  beforeAll(async () => {
    policy = await loadGoldenPolicy();
  });
  afterAll(() => policy.dispose());

  test.each([
    { how: 'whole', microBatchSize: 4, calls: 1, reads: 3 },
    // Two pieces and the update; the update's norm, and two values of each piece.
    { how: 'in two pieces', microBatchSize: 2, calls: 3, reads: 5 },
  ])('a training step of a batch taken $how reads nothing before its end', async ({ microBatchSize, calls, reads }) => {
    const settings = { lossOptions: { beta: 0.1 }, clipNorm: 1, weightDecay: 0.01, padToken: 0, bf16: false };
    const trainer = createTrainer({ policy, loss: 'dpo', ...settings, mode: 'xla' });
    const batch = batchOf(microBatchSize);
    // Recording bakes small tensors in, and reads them for it.
    await trainer.update(batch, extra, 1, 1e-4);
    const events = await logTransfers(() => trainer.update(batch, extra, 2, 1e-4));
    expect(events).toEqual([...Array<string>(calls).fill('execute'), ...Array<string>(reads).fill('read')]);
    trainer.dispose();
  });

  test('drawing tokens reads nothing before the loop ends', async () => {
    const sampler = createSampler(policy);
    const settings = { maxNewTokens: 32, temperature: 1, seed: 7, endToken: -1, padToken: 0, batchSize: 2 };
    const draw = (): Promise<unknown> => sampler.generate([{ key: 'a', promptTokens: [5, 6, 7] }], settings);
    await draw();
    // The prompt, the place of each layer's keys and values, the loop; then tokens, their log-probabilities, and the steps.
    const calls = 1 + 2 * policy.config.architecture.layers.length + 1;
    expect(await logTransfers(draw)).toEqual([...Array<string>(calls).fill('execute'), 'read', 'read', 'read']);
    sampler.dispose();
  });
}
