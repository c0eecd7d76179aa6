import type * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { compile, type CompileMode } from '../../src/engine/index.ts';
import { loadPolicy, readWeights } from '../../src/models/index.ts';
import { sequenceLogProbs } from '../../src/training/index.ts';
import { logitsOf } from './logitsOf.ts';
import { caseTensors, expectedLogits, largestDistance, readCase } from './modelCases.ts';

/** Tests that the model of a golden case computes on this engine what transformers computes. */
export function computesAsTransformers(folder: string, mode: CompileMode): void {
  test('logits and summed log-probabilities', async () => {
    const golden = readCase(folder);
    const policy = await loadPolicy(folder);
    const forward = compile(
      ({ ids, mask }: { ids: tf.Tensor; mask: tf.Tensor }) => ({
        logits: logitsOf(policy, ids as tf.Tensor2D),
        sums: sequenceLogProbs(policy.config, readWeights(policy), ids as tf.Tensor2D, mask as tf.Tensor2D),
      }),
      { mode },
    );
    const { logits, sums } = forward(caseTensors(golden));
    const real = golden.attention_mask.flat();
    const atToken = (i: number): boolean => real[Math.floor(i / policy.config.vocabSize)] === 1;
    expect(largestDistance(await logits.data(), await expectedLogits(folder), atToken)).toBeLessThan(2e-5);
    expect(largestDistance(await sums.data(), golden.sum_logps)).toBeLessThan(1e-3);
    forward.dispose();
    policy.dispose();
  });
}
