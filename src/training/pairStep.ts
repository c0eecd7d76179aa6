import * as tf from '@tensorflow/tfjs-core';

import type { PairBatch } from '../../datasets/index.ts';
import { INPUTS_OF_NEED, type LossEntry } from '../../losses/index.ts';
import { compile, type Compiled } from '../engine/index.ts';
import { readWeights, type Policy } from '../models/index.ts';
import type { AdamW } from './adamW.ts';
import { sequenceLogProbs } from './logProbs.ts';
import { createTrainingStep } from './trainingStep.ts';

/** Plain numbers per pair that a loss takes beside log-probabilities, by the keys of its inputs. */
export type PairLabels = Readonly<Record<string, number>>;

type SequenceTensors = { ids: tf.Tensor; mask: tf.Tensor };
type PairTensors = SequenceTensors & { weights: tf.Tensor; inputs: Readonly<Record<string, tf.Tensor>> };

/** What one update reports; log-probabilities are those before it. */
export interface PairStepResult {
  loss: number;
  /** Before clipping. */
  gradNorm: number;
  /** Summed log-probabilities of the batch's real pairs, nats. */
  chosenLogps: Float32Array;
  rejectedLogps: Float32Array;
}

export interface PairStep {
  /**
   * One update on one batch.
   *
   * @param extra one entry per row of the batch for each input that the loss needs beside the policy's log-probabilities
   */
  update(
    batch: PairBatch,
    extra: Readonly<Record<string, Float32Array>>,
    step: number,
    learningRate: number,
  ): Promise<PairStepResult>;
  dispose(): void;
}

/** Training on preference pairs with one loss of the registry, as one compiled function per length of batch. */
export function createPairStep(options: {
  policy: Policy;
  optimizer: AdamW;
  loss: LossEntry;
  lossOptions: Readonly<Record<string, unknown>>;
  clipNorm: number;
  bf16: boolean;
}): PairStep {
  const { policy, loss } = options;
  const compiled = createTrainingStep<PairTensors>({
    parameters: policy.parameters,
    optimizer: options.optimizer,
    clipNorm: options.clipNorm,
    bf16: options.bf16,
    name: 'pairStep',
    lossOf: (weights, { ids, mask, weights: rowWeights, inputs }) => {
      const logps = sequenceLogProbs(policy.config, weights, ids as tf.Tensor2D, mask as tf.Tensor2D);
      const [policyChosenLogps, policyRejectedLogps] = tf.split(logps, 2) as [tf.Tensor1D, tf.Tensor1D];
      const values = loss.fn({ policyChosenLogps, policyRejectedLogps, ...inputs }, options.lossOptions);
      // The filler rows of a last batch weigh nothing.
      const mean = tf.div(tf.sum(tf.mul(values, rowWeights)), tf.sum(rowWeights));
      return { loss: mean as tf.Scalar, report: { policyChosenLogps, policyRejectedLogps } };
    },
  });
  return {
    update: async (batch, extra, step, learningRate) => {
      const inputs = Object.fromEntries(Object.entries(extra).map(([name, values]) => [name, tf.tensor1d(values)]));
      const tensors = { ...sequenceTensors(batch), weights: tf.tensor1d(batch.rowWeights), inputs };
      const scalars = { step: tf.scalar(step), learningRate: tf.scalar(learningRate) };
      const result = await compiled.async({ batch: tensors, ...scalars });
      const real = batch.rowWeights.filter((weight) => weight > 0).length;
      const read = async (name: string): Promise<Float32Array> => (await result[name]!.data()) as Float32Array;
      const outcome = {
        loss: (await read('loss'))[0]!,
        gradNorm: (await read('gradNorm'))[0]!,
        chosenLogps: (await read('policyChosenLogps')).slice(0, real),
        rejectedLogps: (await read('policyRejectedLogps')).slice(0, real),
      };
      tf.dispose([tensors, scalars, result]);
      return outcome;
    },
    dispose: () => compiled.dispose(),
  };
}

/** Summed log-probabilities of the completions of a batch of pairs: chosen rows first, then rejected ones, [2P]. */
export function createPairScorer(policy: Policy): { score(batch: PairBatch): Promise<Float32Array>; dispose(): void } {
  const compiled: Compiled<[SequenceTensors], tf.Tensor1D> = compile(
    ({ ids, mask }: SequenceTensors) =>
      sequenceLogProbs(policy.config, readWeights(policy), ids as tf.Tensor2D, mask as tf.Tensor2D),
    { name: 'pairScorer' },
  );
  return {
    score: async (batch) => {
      const tensors = sequenceTensors(batch);
      const result = await compiled.async(tensors);
      const values = (await result.data()) as Float32Array;
      tf.dispose([tensors, result]);
      return values;
    },
    dispose: () => compiled.dispose(),
  };
}

function sequenceTensors({ inputIds, completionMask, batchSize, length }: PairBatch): SequenceTensors {
  return {
    ids: tf.tensor2d(inputIds, [2 * batchSize, length], 'int32'),
    mask: tf.tensor2d(completionMask, [2 * batchSize, length - 1]),
  };
}

/** The keys of everything that a loss needs beside the policy's log-probabilities. */
export function extraInputs(loss: LossEntry): string[] {
  return loss.needs.flatMap((need) => [...INPUTS_OF_NEED[need]]);
}
