import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { pairBatches, type BatchLayout, type TokenizedPair } from '../../datasets/index.ts';
import { startEngine } from '../../src/engine/index.ts';
import { loadPolicy, readWeights, type Policy } from '../../src/models/index.ts';
import { completionLogProbs, tokenTensors } from '../../src/training/index.ts';
import { GOLDEN_MODELS } from '../models/modelCases.ts';

beforeAll(async () => {
  await startEngine();
});

// Long enough that the sliding windows of Mistral and Gemma 2 cut something off.
const pairs: TokenizedPair[] = Array.from({ length: 3 }, (_, i) => ({
  id: `pair ${i}`,
  promptIds: Array.from({ length: 6 + i }, (_unused, t) => 5 + ((7 * i + 3 * t) % 90)),
  chosenIds: Array.from({ length: 9 - 2 * i }, (_unused, t) => 20 + ((5 * i + t) % 90)),
  rejectedIds: Array.from({ length: 4 + 3 * i }, (_unused, t) => 40 + ((3 * i + 2 * t) % 90)),
}));

/** Summed log-probabilities of the chosen, then the rejected completions, by pair. */
function sums(policy: Policy, layout: BatchLayout): number[] {
  const options = { batchSize: 3, maxLength: 64, padTokenId: 0, order: 'given', layout } as const;
  const batch = pairBatches(pairs, options).next().value!;
  const [micro] = batch.microBatches;
  return tf.tidy(() => {
    const logProbs = completionLogProbs(policy.config, readWeights(policy), tokenTensors(micro!));
    const values = tf.sum(logProbs, -1).dataSync();
    return [0, 1].flatMap((side) =>
      pairs.map((_, example) => values[side * micro!.slots + micro!.members.indexOf(example)]!),
    );
  });
}

describe.each(['llama', 'mistral', 'qwen2', 'qwen3', 'gemma2', 'gemma2_softcap', 'gpt2', 'gpt_neox', 'phi3'])(
  '%s',
  (name) => {
    test('packed rows, with and without shared prompts, give the log-probabilities of rows that stand alone', async () => {
      const policy = await loadPolicy(join(GOLDEN_MODELS, name));
      const alone = sums(policy, 'padded');
      for (const layout of ['packed', 'shared-prompt'] as const) {
        sums(policy, layout).forEach((value, i) => expect(Math.abs(value - alone[i]!), layout).toBeLessThan(1e-4));
      }
      policy.dispose();
    });
  },
);
