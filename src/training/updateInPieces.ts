import * as tf from '@tensorflow/tfjs-core';

import type { ExampleBatch } from '../../datasets/index.ts';
import type { TensorTree } from '../engine/index.ts';
import type { AccumulatingStep } from './accumulatingStep.ts';
import { gatherLogProbs } from './gatherLogProbs.ts';
import { scalarOf, takeData } from './takeData.ts';
import type { StepResult } from './trainer.ts';

/**
 * Updates the weights by the shares that the pieces of a batch have in its loss. Nothing is read before all is under way: a
 * GPU never waits between two pieces.
 *
 * @param sides completions of an example
 */
export async function updateInPieces<B extends TensorTree>(
  steps: AccumulatingStep<B>,
  pieces: readonly B[],
  { batch, sides, ...scalars }: { batch: ExampleBatch; sides: number; step: tf.Tensor; learningRate: tf.Tensor },
): Promise<StepResult> {
  const results: Readonly<Record<string, tf.Tensor>>[] = [];
  try {
    for (const piece of pieces) results.push(await steps.add.async(piece));
    const { gradNorm } = await steps.finish.async(scalars);
    const norm = await scalarOf(gradNorm);
    const parts: Float32Array[] = [];
    let loss = 0;
    for (const result of results) {
      parts.push(await takeData(result['logProbs']!));
      loss += await scalarOf(result['loss']!);
    }
    return { loss, gradNorm: norm, logps: gatherLogProbs(batch, parts, sides).sums };
  } finally {
    tf.dispose(results);
  }
}
