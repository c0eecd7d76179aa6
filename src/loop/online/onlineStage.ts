import { rm } from 'node:fs/promises';

import { randomStream } from '../../base/seed.ts';
import type { BatchLayout, TokenizedPrompt } from '../../../datasets/index.ts';
import type { Judge } from '../../judges/index.ts';
import { loadWeights, savePolicy } from '../../models/index.ts';
import {
  batchesOf,
  chosenFall,
  createSchedule,
  labelsOfBatch,
  latestTrainingState,
  lossLabels,
  measuredUpdate,
  saveTrainingState,
  type ScoredBy,
  type Trainer,
} from '../../training/index.ts';
import type { Loop } from '../loop.ts';
import { refuseFailedRows } from '../refuseFailedRows.ts';
import { sampleStatistics, type SampleStageOptions } from '../sampleStage.ts';
import { nothingToTrainOn } from '../trainStage.ts';
import { openOnlineRecords, type OnlineRows } from './onlineRecords.ts';
import { createOnlineStep, type OnlineExamples, type OnlineStep } from './onlineStep.ts';

export interface OnlineStageOptions {
  trainer: Trainer;
  /** Names the weights that the policy has at the start. */
  policyHash: string;
  /** What the loss measures from: a policy that stays as it is all through the stage. */
  reference: ScoredBy;
  /** Prompts of the round; each step takes `batchSize` of them. */
  prompts: readonly TokenizedPrompt[];
  /** How answers are drawn. */
  drawing: Omit<SampleStageOptions, 'prompts'>;
  judge: Judge;
  /** Samples, judges, and says what to train on: one example for each prompt at most. */
  play: (step: OnlineStep) => Promise<OnlineExamples>;
  /** Peak. */
  learningRate: number;
  schedule: 'constant' | 'linear' | 'cosine';
  /** Share of the steps over which the learning rate rises. */
  warmupRatio: number;
  /** Passes over the prompts. */
  epochs: number;
  /** Prompts per step. */
  batchSize: number;
  layout?: BatchLayout | undefined;
  microBatchSize?: number | undefined;
  /** Steps between checkpoints inside the stage. */
  checkpointEvery: number;
  /** Share of a stretch's comparisons on which the judge may fail. */
  maxFailed: number;
  /** Folder whose tokenizer files go into the checkpoint. */
  companions: string;
  /** Step count of the run before this round. */
  stepsBefore: number;
}

/** Comparisons that say whether a judge fails too often. */
const ENOUGH = 20;

/** Name of the rows of the metrics about what a step sampled; those about its update are called `train`, as ever. */
const STAGE = 'online';

/**
 * Trains the policy on answers that it gives as it learns: each step samples from the present weights, has the answers
 * judged, and makes one update. A stage that was killed goes on at its last checkpoint and ends with the same bytes; an
 * interrupt lets the step finish first. A step whose prompts give nothing to train on makes no update.
 *
 * The answers and judgments of all steps are in `samples.arrow` and `judgments.arrow` in the end.
 *
 * @returns the step count of the run after this round, and the sums of what the steps counted
 * @throws {UserError} when no step had anything to train on; when the judge fails on more than `maxFailed`
 */
export async function onlineStage(
  loop: Loop,
  round: number,
  options: OnlineStageOptions,
): Promise<{ steps: number; counts: Record<string, number> }> {
  const { policy } = options.trainer;
  const folder = loop.run.stagePath(round, 'checkpoint');
  if (loop.run.has(folder)) {
    await loadWeights(policy, folder);
  } else {
    await loop.time(round, 'train', () => takeSteps(loop, round, options));
    // As in trainStage: the checkpoint says that the stage is done.
    loop.metrics.sync();
    await savePolicy(policy, folder, { companions: options.companions, dtype: 'F32' });
  }
  for (const name of ['training-state', STAGE]) {
    await rm(loop.run.stagePath(round, name), { recursive: true, force: true });
  }
  return { steps: options.stepsBefore + stepsOf(options), counts: countsOf(loop, round) };
}

function stepsOf({ prompts, batchSize, epochs }: OnlineStageOptions): number {
  return Math.ceil(prompts.length / batchSize) * epochs;
}

async function takeSteps(loop: Loop, round: number, options: OnlineStageOptions): Promise<void> {
  const { trainer, stepsBefore, checkpointEvery, play, maxFailed } = options;
  const { policy, optimizer, ema } = trainer;
  const trained = { policy, optimizer, ema };
  const total = stepsOf(options);
  const schedule = scheduleOf(options, total);
  const fall = chosenFall();
  const state = loop.run.stagePath(round, 'training-state');
  optimizer.reset();
  let saved = await latestTrainingState(state, trained);
  await loop.metrics.rewindTo(
    (row) => row.round < round || (row.round === round && !(row.step !== undefined && row.step > stepsBefore + saved)),
  );
  const records = await openOnlineRecords(loop.run.stagePath(round, STAGE), saved);
  let updates = loop.metrics.rows.filter((row) => row.round === round && row.stage === 'train').length;

  const save = async (step: number): Promise<void> => {
    if (step === saved) return;
    await records.flush(step);
    loop.metrics.sync();
    await saveTrainingState(state, step, trained);
    saved = step;
  };
  // What a step asks for comes to its end though the run was interrupted.
  const unhurried: Loop = { ...loop, signal: new AbortController().signal };
  for (let step = saved + 1; step <= total; step++) {
    if (loop.signal.aborted) {
      await save(step - 1);
      loop.signal.throwIfAborted();
    }
    const rows: OnlineRows = { samples: [], judgments: [] };
    const policyHash = `${options.policyHash}+${step - 1}`;
    const drawing = { ...options.drawing, policyHash };
    const prompts = promptsOf(loop, round, options, step);
    const examples = await play(
      createOnlineStep(unhurried, round, step, { prompts, drawing, judge: options.judge, rows }),
    );
    records.add(step, rows);
    checkFailures(records.waiting, step % checkpointEvery === 0 || step === total, maxFailed);
    const sampled = describeStep(rows, examples);
    loop.metrics.append({ round, stage: STAGE, step: stepsBefore + step, values: sampled });
    if (examples.pairs.length > 0) {
      updates += 1;
      const values = await update(unhurried, options, examples, {
        policyHash,
        updates,
        rate: schedule(step),
        seed: `${loop.seed}\u0000${round}`,
      });
      loop.metrics.append({ round, stage: 'train', step: stepsBefore + step, values });
      loop.progress(`round ${round}: step ${step}/${total}, loss ${values['loss']!.toPrecision(4)}`);
      const alarm = fall(values);
      if (alarm) loop.print(`round ${round}  step ${step}: ${alarm}`);
    }
    if (step % checkpointEvery === 0 && step < total) await save(step);
  }
  if (updates === 0) throw nothingToTrainOn(round);
  await save(total);
  await records.join({
    samples: loop.run.stagePath(round, 'samples.arrow'),
    judgments: loop.run.stagePath(round, 'judgments.arrow'),
  });
}

function scheduleOf({ schedule, learningRate, warmupRatio }: OnlineStageOptions, total: number) {
  const warmupSteps = Math.round(warmupRatio * total);
  return createSchedule({ name: schedule, peak: learningRate, total, warmupSteps });
}

function promptsOf(loop: Loop, round: number, options: OnlineStageOptions, step: number): TokenizedPrompt[] {
  const { prompts, batchSize } = options;
  const perEpoch = Math.ceil(prompts.length / batchSize);
  const epoch = Math.floor((step - 1) / perEpoch);
  const start = ((step - 1) % perEpoch) * batchSize;
  return randomStream(loop.seed, STAGE, round, epoch)
    .shuffle(prompts)
    .slice(start, start + batchSize);
}

/** Looks at the judgments since the last checkpoint, once they are enough or the stretch is over. */
function checkFailures({ judgments }: Readonly<OnlineRows>, isEnd: boolean, maxFailed: number): void {
  if (judgments.length < ENOUGH && !isEnd) return;
  refuseFailedRows(judgments, maxFailed, 'goes on at the last checkpoint');
}

function describeStep(
  { samples, judgments }: OnlineRows,
  { pairs, counts = {}, values = {} }: OnlineExamples,
): Record<string, number> {
  const failed = judgments.filter(({ error }) => error !== null).length;
  const summed = { examples: pairs.length, failed, ...counts };
  return { ...prefixed(summed), ...values, ...sampleStatistics(samples) };
}

/** Marks what is summed up over a round. */
const SUMMED = 'count/';

function prefixed(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, value]) => [SUMMED + name, value]));
}

function countsOf(loop: Loop, round: number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of loop.metrics.rows) {
    if (row.round !== round || row.stage !== STAGE) continue;
    for (const [name, value] of Object.entries(row.values)) {
      if (!name.startsWith(SUMMED)) continue;
      const key = name.slice(SUMMED.length);
      sums[key] = (sums[key] ?? 0) + value;
    }
  }
  return sums;
}

async function update(
  loop: Loop,
  { trainer, reference, policyHash, batchSize, layout, microBatchSize }: OnlineStageOptions,
  { pairs, labels }: OnlineExamples,
  step: { policyHash: string; updates: number; rate: number; seed: string },
): Promise<Record<string, number>> {
  if (pairs.length > batchSize) throw new Error(`${pairs.length} examples for a step of ${batchSize} prompts.`);
  const { signal } = loop;
  const previous = { scorer: trainer.scorer, modelHash: step.policyHash };
  const known = await lossLabels({ loss: trainer.loss, examples: pairs, given: labels, reference, previous, signal });
  const batch = batchesOf(pairs, {
    batchSize,
    maxLength: trainer.policy.config.contextLength,
    padTokenId: trainer.padToken,
    order: 'given',
    ...(layout ? { layout } : {}),
    ...(microBatchSize ? { microBatchSize } : {}),
  }).next().value!;
  const atReference = step.updates === 1 && reference.modelHash === policyHash;
  const extra = labelsOfBatch(trainer.loss, known, batch);
  const { updates, rate: learningRate, seed } = step;
  return measuredUpdate(trainer, { batch, extra, step: updates, learningRate, seed, atReference });
}
