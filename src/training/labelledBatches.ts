import {
  pairBatches,
  sampleBatches,
  type BatchOptions,
  type ExampleBatch,
  type TokenizedPair,
} from '../../datasets/index.ts';
import type { LossEntry } from '../../losses/index.ts';
import { extraInputs, type ExtraInputs } from './lossInputs.ts';
import type { LabelledPairs } from './trainPairs.ts';

/** Batches of pairs, or of single responses. */
export function batchesOf(examples: LabelledPairs['pairs'], options: BatchOptions): Generator<ExampleBatch, void> {
  return arePairs(examples) ? pairBatches(examples, options) : sampleBatches(examples, options);
}

/** Whether examples are pairs. */
function arePairs(examples: LabelledPairs['pairs']): examples is readonly TokenizedPair[] {
  return examples.length === 0 || 'chosenIds' in examples[0]!;
}

/** The labels of a batch's examples that the loss reads. */
export function labelsOfBatch(loss: LossEntry, labels: LabelledPairs['labels'], batch: ExampleBatch): ExtraInputs {
  return Object.fromEntries(
    extraInputs(loss)
      .filter((key) => labels[key])
      .map((key) => {
        const values = batch.indices.map((at) => labels[key]![at]!);
        return [
          key,
          typeof values[0] === 'number' ? Float32Array.from(values as number[]) : (values as Float32Array[]),
        ];
      }),
  );
}
