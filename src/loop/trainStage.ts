import { rm } from 'node:fs/promises';

import { type BatchLayout, type PairRow, type SampleRow, type TokenizedPair } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import { loadWeights, savePolicy } from '../models/index.ts';
import { createSchedule, trainPairs, type Trainer } from '../training/index.ts';
import type { Loop } from './loop.ts';
import { referenceStage } from './referenceStage.ts';

export interface TrainStageOptions {
  trainer: Trainer;
  policyHash: string;
  pairs: readonly PairRow[];
  samples: readonly SampleRow[];
  /** Peak. */
  learningRate: number;
  /** How the rate falls after the warm-up. Default: linear. */
  schedule?: 'constant' | 'linear' | 'cosine' | undefined;
  /** Share of the steps over which the learning rate rises. */
  warmupRatio: number;
  epochs: number;
  /** Pairs per step. */
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
 * Trains the policy, in place, on a round's pairs against itself as it was at the start of the round, and saves it. A
 * stage that was interrupted goes on at its last checkpoint and ends with the same bytes.
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
    if (total === 0) throw noPairs(round);
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
  const { batchSize, layout, microBatchSize } = options;
  const pairs = tokenizedPairs(options.pairs, options.samples);
  const references = await referenceStage(loop, round, {
    scorer: trainer.scorer,
    policyHash: options.policyHash,
    tokenized: pairs,
  });
  trainer.optimizer.reset();
  const { tokens, tokensPerSecond } = await trainPairs({
    trainer,
    pairs,
    labels: {
      refChosenLogps: references.chosen,
      refRejectedLogps: references.rejected,
      chosenProbsWin: options.pairs.map((pair) => pair.p_chosen),
      chosenProbsLose: options.pairs.map((pair) => pair.p_rejected),
      chosenProbs: options.pairs.map((pair) => pair.p_chosen_beats_rejected),
    },
    epochs,
    batching: { batchSize, ...(layout ? { layout } : {}), ...(microBatchSize ? { microBatchSize } : {}) },
    seed: `${loop.seed}\u0000${round}`,
    scheduleOf: (total) =>
      createSchedule({ name: schedule, peak: learningRate, total, warmupSteps: Math.round(warmupRatio * total) }),
    checkpoints: { folder: loop.run.stagePath(round, 'training-state'), every: checkpointEvery },
    startsAtReference: true,
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
      loop.progress(`round ${round}: step ${step}/${total}, loss ${values['loss']!.toPrecision(4)}`);
    },
    onCheckpoint: () => loop.metrics.sync(),
    onAlarm: (text) => loop.print(`round ${round}  ${text}`),
  });
  // Only the steps taken now: a resumed stage has others behind it.
  loop.timings.append({ round, stage: 'trainSteps', values: { tokens, tokensPerSecond } });
}

/** A pair made of samples trains on their token ids, never on text tokenized again. */
function tokenizedPairs(pairs: readonly PairRow[], samples: readonly SampleRow[]): TokenizedPair[] {
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  return pairs.map((pair) => {
    const chosen = byId.get(pair.chosen_sample_id ?? '');
    const rejected = byId.get(pair.rejected_sample_id ?? '');
    if (!chosen || !rejected)
      throw new Error(`Pair ${pair.id} names samples that are not in samples.arrow of its round.`);
    return {
      id: pair.id,
      promptIds: chosen.prompt_token_ids,
      chosenIds: chosen.token_ids,
      rejectedIds: rejected.token_ids,
    };
  });
}

function noPairs(round: number): UserError {
  return new UserError(
    'train.noPairs',
    `Round ${round}: no pairs to train on: the best and the worst answer to every prompt are the same text. ` +
      'Raise sampling.temperature or sampling.samples.',
  );
}
