import { rm } from 'node:fs/promises';

import { UserError } from '../base/userError.ts';
import type { BatchLayout, TokenizedPair, TokenizedSample } from '../../datasets/index.ts';
import { loadWeights, savePolicy } from '../models/index.ts';
import {
  completionsOf,
  createSchedule,
  lossLabels,
  trainPairs,
  type LabelledPairs,
  type ScoredBy,
  type Trainer,
} from '../training/index.ts';
import type { Loop } from './loop.ts';
import { pace } from './pace.ts';

export interface TrainStageOptions extends LabelledPairs {
  trainer: Trainer;
  /** Names the weights that the policy has now. */
  policyHash: string;
  /** What the loss measures from. Default: the policy as it is now. */
  reference?: ScoredBy | undefined;
  /** Folder of the weights to start training from. Default: those the policy has now. */
  start?: { folder: string; modelHash: string } | undefined;
  /** Peak. */
  learningRate: number;
  /** How the rate falls after the warm-up. Default: linear. */
  schedule?: 'constant' | 'linear' | 'cosine' | undefined;
  /** Share of the steps over which the learning rate rises. */
  warmupRatio: number;
  epochs: number;
  /** Examples per step. */
  batchSize: number;
  /** How they are computed: see `BatchOptions`. */
  layout?: BatchLayout | undefined;
  microBatchSize?: number | undefined;
  /** Steps between checkpoints inside the stage. */
  checkpointEvery: number;
  /** Folder whose tokenizer files go into the checkpoint. */
  companions: string;
  /** Step count of the run before this round. */
  stepsBefore: number;
}

/**
 * Trains the policy, in place, on a round's examples, and saves it. A stage that was interrupted goes on at its last
 * checkpoint and ends with the same bytes.
 *
 * @returns the step count of the run after this round
 */
export async function trainStage(loop: Loop, round: number, options: TrainStageOptions): Promise<number> {
  const folder = loop.run.stagePath(round, 'checkpoint');
  const perEpoch = Math.ceil(options.pairs.length / options.batchSize);
  const total = perEpoch * options.epochs;
  const after = options.stepsBefore + total;
  if (loop.run.has(folder)) {
    await loadWeights(options.trainer.policy, folder);
  } else {
    if (total === 0) throw nothingToTrainOn(round);
    await loop.time(round, 'train', () => train(loop, round, options));
    // The checkpoint says that the stage is done, so what it measured must be on disk before it.
    loop.metrics.sync();
    // In float32, whatever the policy was loaded from: a resumed run goes on from the very values of an uninterrupted one.
    await savePolicy(options.trainer.policy, folder, { companions: options.companions, dtype: 'F32' });
  }
  await rm(loop.run.stagePath(round, 'training-state'), { recursive: true, force: true });
  return after;
}

async function train(loop: Loop, round: number, options: TrainStageOptions): Promise<void> {
  const { trainer, stepsBefore, learningRate, schedule = 'linear', warmupRatio, epochs, checkpointEvery } = options;
  const { batchSize, layout, microBatchSize, policyHash, start } = options;
  const pairs = forLoss(trainer, options.pairs);
  const previous = { scorer: trainer.scorer, modelHash: policyHash };
  const { reference = previous } = options;
  const [scored, stepped] = [pace(), pace()];
  const labels = await lossLabels({
    loss: trainer.loss,
    examples: pairs,
    given: options.labels,
    reference,
    previous,
    path: loop.run.stagePath(round, 'logps.arrow'),
    signal: loop.signal,
    onProgress: (done, count) => loop.progress(`round ${round}: reference log-probabilities ${scored(done, count)}`),
  });
  if (start) await loadWeights(trainer.policy, start.folder);
  const startHash = start?.modelHash ?? policyHash;
  const measuredFrom = trainer.loss.needs.includes('previousIterate') ? [reference, previous] : [reference];
  trainer.optimizer.reset();
  const { tokens, tokensPerSecond } = await trainPairs({
    trainer,
    pairs,
    labels,
    epochs,
    batching: { batchSize, ...(layout ? { layout } : {}), ...(microBatchSize ? { microBatchSize } : {}) },
    seed: `${loop.seed}\u0000${round}`,
    scheduleOf: (steps) =>
      createSchedule({
        name: schedule,
        peak: learningRate,
        total: steps,
        warmupSteps: Math.round(warmupRatio * steps),
      }),
    checkpoints: { folder: loop.run.stagePath(round, 'training-state'), every: checkpointEvery },
    startsAtReference: measuredFrom.every(({ modelHash }) => modelHash === startHash),
    referenceScorer: reference.scorer === trainer.scorer ? undefined : reference.scorer,
    signal: loop.signal,
    // Brings the metrics to where the weights are.
    onStart: (done) =>
      loop.metrics.rewindTo(
        (row) =>
          row.round < round ||
          (row.round === round && (row.stage !== 'train' || (row.step ?? 0) <= stepsBefore + done)),
      ),
    onStep: ({ step, total, values }) => {
      loop.metrics.append({ round, stage: 'train', step: stepsBefore + step, values });
      loop.progress(`round ${round}: step ${stepped(step, total)}, loss ${values['loss']!.toPrecision(4)}`);
    },
    onCheckpoint: () => loop.metrics.sync(),
    onAlarm: (text) => loop.print(`round ${round}  ${text}`),
  });
  // Only the steps taken now: a resumed stage has others behind it.
  loop.timings.append({ round, stage: 'trainSteps', values: { tokens, tokensPerSecond } });
}

/** Pairs as they are, or their chosen answers for a loss of single responses. */
function forLoss({ loss }: Trainer, examples: LabelledPairs['pairs']): LabelledPairs['pairs'] {
  if (completionsOf(loss) === 2) return examples;
  return examples.map((example: TokenizedPair | TokenizedSample): TokenizedSample => {
    if (!('chosenIds' in example)) return example;
    const { id, promptIds, chosenIds } = example;
    return { id, promptIds, completionIds: chosenIds };
  });
}

/** No example of a round could be trained on. */
export function nothingToTrainOn(round: number): UserError {
  return new UserError(
    'train.noPairs',
    `Round ${round}: nothing to train on: every prompt was left out, as a rule because all its answers are the same text ` +
      'or equally good. Raise sampling.temperature or sampling.samples.',
  );
}
