import * as tf from '@tensorflow/tfjs-core';

import type { PairBatch } from '../../datasets/index.ts';
import { SOURCE_OF_INPUT, type LossEntry, type LossInput } from '../../losses/index.ts';
import type { CompileMode } from '../engine/index.ts';
import { checkTokenIds, trainableParameters, trainingWeights, type Policy } from '../models/index.ts';
import { sequenceLogProbs } from './logProbs.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { createOptimizer, type OptimizerSettings } from './optimizers/registry.ts';
import { createSequenceScorer, type SequenceScorer } from './sequenceScorer.ts';
import { createTrainingStep } from './trainingStep.ts';

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

/** Trains one policy on preference pairs; compiled once, used in every round. */
export interface PairTrainer {
  readonly policy: Policy;
  readonly optimizer: Optimizer;
  readonly loss: LossEntry;
  readonly lossOptions: PairLossOptions;
  readonly padToken: number;
  /** Scores sequences under the policy as it is now, for reference log-probabilities. */
  readonly scorer: SequenceScorer;

  /**
   * One update on one batch.
   *
   * @param extra one entry per row of the batch for each input that the loss needs beside the policy's log-probabilities
   * @param step counted from 1 since the optimizer's reset
   * @throws {RangeError} when `extra` lacks an input of the loss, or one has not a number per row
   * @throws {UserError} when a token is not in the policy's vocabulary
   */
  update(
    batch: PairBatch,
    extra: Readonly<Record<string, Float32Array>>,
    step: number,
    learningRate: number,
  ): Promise<PairStepResult>;
  dispose(): void;
}

/** Options of a loss; `beta` also scales the implicit rewards in the metrics. */
export interface PairLossOptions {
  beta: number;
  [name: string]: unknown;
}

export interface PairTrainerOptions {
  policy: Policy;
  loss: LossEntry;
  lossOptions: PairLossOptions;
  /** Largest joint norm of the gradients. */
  clipNorm: number;
  /** Of matrices; vectors (norms, biases) do not decay. Settings of the optimizer go before it. */
  weightDecay: number;
  /** Default: AdamW. */
  optimizer?: OptimizerSettings;
  padToken: number;
  bf16: boolean;
  /** Default: as `compile` chooses. */
  mode?: CompileMode;
}

/** Sequences scored in one call. */
const SCORED_TOGETHER = 64;

/** Makes a trainer with one loss and one optimizer of the registries, one compiled function per length of batch. */
export function createPairTrainer(options: PairTrainerOptions): PairTrainer {
  const { policy, loss, lossOptions, padToken, bf16 } = options;
  const parameters = trainableParameters(policy);
  const optimizer = createOptimizer(parameters, {
    weightDecay: options.weightDecay,
    ...(options.optimizer ?? { name: 'adamw' }),
  });
  const scorer = createSequenceScorer(policy, { batchSize: SCORED_TOGETHER, padToken, bf16 });
  const compiled = createTrainingStep<PairTensors>({
    parameters,
    optimizer,
    clipNorm: options.clipNorm,
    bf16,
    name: 'pairStep',
    ...(options.mode ? { mode: options.mode } : {}),
    lossOf: (trained, { ids, mask, weights: rowWeights, inputs }, step) => {
      const weights = trainingWeights(policy, trained, dropoutSeed(step));
      const logps = sequenceLogProbs(policy.config, weights, ids as tf.Tensor2D, mask as tf.Tensor2D);
      const [policyChosenLogps, policyRejectedLogps] = tf.split(logps, 2) as [tf.Tensor1D, tf.Tensor1D];
      const values = loss.fn({ policyChosenLogps, policyRejectedLogps, ...inputs }, lossOptions);
      // The filler rows of a last batch weigh nothing.
      const mean = tf.div(tf.sum(tf.mul(values, rowWeights)), tf.sum(rowWeights));
      return { loss: mean as tf.Scalar, report: { policyChosenLogps, policyRejectedLogps } };
    },
  });
  return {
    policy,
    optimizer,
    loss,
    lossOptions,
    padToken,
    scorer,
    update: async (batch, extra, step, learningRate) => {
      checkInputs(loss, batch, extra);
      checkTokenIds(policy.config, batch.inputIds, 'pairs');
      const inputs = Object.fromEntries(Object.entries(extra).map(([name, values]) => [name, tf.tensor1d(values)]));
      const tensors = { ...sequenceTensors(batch), weights: tf.tensor1d(batch.rowWeights), inputs };
      const scalars = { step: tf.scalar(step), learningRate: tf.scalar(learningRate) };
      try {
        const result = await compiled.async({ batch: tensors, ...scalars });
        const real = batch.rowWeights.filter((weight) => weight > 0).length;
        const read = async (name: string): Promise<Float32Array> => (await result[name]!.data()) as Float32Array;
        const outcome = {
          loss: (await read('loss'))[0]!,
          gradNorm: (await read('gradNorm'))[0]!,
          chosenLogps: (await read('policyChosenLogps')).slice(0, real),
          rejectedLogps: (await read('policyRejectedLogps')).slice(0, real),
        };
        tf.dispose(result);
        return outcome;
      } finally {
        tf.dispose([tensors, scalars]);
      }
    },
    dispose: () => {
      compiled.dispose();
      scorer.dispose();
      optimizer.dispose();
    },
  };
}

/** Dropout of adapters differs from step to step, and is the same when a step is repeated. */
function dropoutSeed(step: tf.Tensor): tf.Tensor1D {
  return tf.stack([tf.cast(step, 'int32'), tf.scalar(0, 'int32')]) as tf.Tensor1D;
}

function checkInputs(loss: LossEntry, batch: PairBatch, extra: Readonly<Record<string, Float32Array>>): void {
  const missing = extraInputs(loss).filter((key) => extra[key]?.length !== batch.batchSize);
  if (missing.length === 0) return;
  throw new RangeError(
    `update: the loss needs ${missing.join(', ')} with ${batch.batchSize} numbers each, one per row of the batch. ` +
      'Supply every key that extraInputs(loss) names.',
  );
}

function sequenceTensors({ inputIds, completionMask, batchSize, length }: PairBatch): SequenceTensors {
  return {
    ids: tf.tensor2d(inputIds, [2 * batchSize, length], 'int32'),
    mask: tf.tensor2d(completionMask, [2 * batchSize, length - 1]),
  };
}

/** The keys of everything that a loss needs beside the policy's log-probabilities. */
export function extraInputs(loss: LossEntry): string[] {
  return loss.inputs.filter((key) => SOURCE_OF_INPUT[key as LossInput] !== 'policy');
}
