import { rm } from 'node:fs/promises';

import { pairBatches, type PairRow, type SampleRow, type TokenizedPair } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import { loadWeights, savePolicy, type Policy } from '../models/index.ts';
import { createSchedule, extraInputs, type Optimizer, type Trainer } from '../training/index.ts';
import type { Loop } from './loop.ts';
import { pairMetrics } from './pairMetrics.ts';
import { referenceStage } from './referenceStage.ts';
import { checkStepZero } from './stepZero.ts';
import { latestTrainingState, saveTrainingState } from './trainingState.ts';

export interface TrainStageOptions {
  trainer: Trainer;
  policyHash: string;
  pairs: readonly PairRow[];
  samples: readonly SampleRow[];
  learningRate: number;
  /** Share of the steps over which the learning rate rises. */
  warmupRatio: number;
  epochs: number;
  /** Pairs per step. */
  batchSize: number;
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
    await loop.time(round, 'train', () => train(loop, round, options, perEpoch, total));
    // The checkpoint says that the stage is done, so what it measured must be on disk before it.
    loop.metrics.sync();
    // In float32, whatever the policy was loaded from: a resumed run goes on from the very values of an uninterrupted one.
    await savePolicy(options.trainer.policy, folder, { companions: options.companions, dtype: 'F32' });
  }
  await rm(loop.run.stagePath(round, 'training-state'), { recursive: true, force: true });
  return after;
}

async function train(
  loop: Loop,
  round: number,
  options: TrainStageOptions,
  perEpoch: number,
  total: number,
): Promise<void> {
  const { trainer, batchSize, stepsBefore } = options;
  const { policy, optimizer, loss, lossOptions, padToken } = trainer;
  const tokenized = tokenizedPairs(options.pairs, options.samples);
  const batching = { batchSize, maxLength: policy.config.contextLength, padTokenId: padToken };
  const references = await referenceStage(loop, round, {
    scorer: trainer.scorer,
    policyHash: options.policyHash,
    tokenized,
  });
  const schedule = createSchedule({
    name: 'linear',
    peak: options.learningRate,
    total,
    warmupSteps: Math.round(options.warmupRatio * total),
  });
  optimizer.reset();
  const done = await restore(loop, round, policy, optimizer, stepsBefore);
  for (let step = done + 1; step <= total; step++) {
    if (loop.signal.aborted) {
      await saveTrainingState(loop.run.stagePath(round, 'training-state'), step - 1, policy, optimizer);
      loop.signal.throwIfAborted();
    }
    const epoch = Math.floor((step - 1) / perEpoch);
    const start = (step - 1) % perEpoch;
    const order = { seed: `${loop.seed}\u0000${round}`, epoch };
    const batch = pairBatches(tokenized, { ...batching, order, start }).next().value!;
    const rows = batch.indices;
    const pairs = rows.map((index) => options.pairs[index]!);
    const extra = Object.fromEntries(
      extraInputs(loss).map((key) => [
        key,
        Float32Array.from(pairs, (pair, i) => inputOf(key, pair, rows[i]!, references)),
      ]),
    );
    const rate = schedule(step);
    const result = await trainer.update(batch, extra, step, rate);
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradNorm))
      throw notFinite(round, step, result.loss, pairs);
    if (step === 1) checkStepZero({ loss, lossOptions, pairs, extra, found: result.loss });
    const values = pairMetrics(result, extra, lossOptions);
    loop.metrics.append({
      round,
      stage: 'train',
      step: stepsBefore + step,
      values: { ...values, learning_rate: rate },
    });
    loop.progress(`round ${round}: step ${step}/${total}, loss ${result.loss.toPrecision(4)}`);
    if (step % options.checkpointEvery === 0 && step < total) {
      loop.metrics.sync();
      await saveTrainingState(loop.run.stagePath(round, 'training-state'), step, policy, optimizer);
    }
  }
}

/** Brings weights, optimizer and metrics to the last checkpoint of the stage; returns its step, 0 for none. */
async function restore(
  loop: Loop,
  round: number,
  policy: Policy,
  optimizer: Optimizer,
  stepsBefore: number,
): Promise<number> {
  const step = await latestTrainingState(loop.run.stagePath(round, 'training-state'), policy, optimizer);
  await loop.metrics.rewindTo(
    (row) =>
      row.round < round || (row.round === round && (row.stage !== 'train' || (row.step ?? 0) <= stepsBefore + step)),
  );
  return step;
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

function inputOf(
  key: string,
  pair: PairRow,
  index: number,
  references: { chosen: Float64Array; rejected: Float64Array },
): number {
  if (key === 'refChosenLogps') return references.chosen[index]!;
  if (key === 'refRejectedLogps') return references.rejected[index]!;
  if (key === 'chosenProbsWin') return pair.p_chosen;
  if (key === 'chosenProbsLose') return pair.p_rejected;
  if (key === 'chosenProbs') return pair.p_chosen_beats_rejected;
  throw new Error(`trainStage: no source for the loss input ${key}.`);
}

function noPairs(round: number): UserError {
  return new UserError(
    'train.noPairs',
    `Round ${round}: no pairs to train on: the best and the worst answer to every prompt are the same text. ` +
      'Raise sampling.temperature or sampling.samples.',
  );
}

function notFinite(round: number, step: number, loss: number, pairs: readonly PairRow[]): UserError {
  const ids = pairs.slice(0, 8).map(({ id }) => id);
  return new UserError(
    'train.notFinite',
    `Round ${round}, step ${step}: the loss is ${loss} on the pairs ${ids.join(', ')}${pairs.length > 8 ? ', ...' : ''}. ` +
      'The last checkpoint is kept. Lower train.learningRate or loss.eta, then resume.',
  );
}
