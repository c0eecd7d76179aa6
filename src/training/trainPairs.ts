import type { BatchOptions, ExampleBatch, TokenizedPair, TokenizedSample } from '../../datasets/index.ts';
import { chosenFall } from './chosenFall.ts';
import { batchesOf, labelsOfBatch } from './labelledBatches.ts';
import type { ExtraInputs } from './lossInputs.ts';
import { measuredUpdate } from './measuredUpdate.ts';
import { pairMetrics } from './pairMetrics.ts';
import type { Schedule } from './schedules.ts';
import { createRunningReward, type RunningReward } from './runningReward.ts';
import type { SequenceScorer } from './sequenceScorer.ts';
import { latestTrainingState, saveTrainingState } from './trainingState.ts';
import type { Trainer } from './trainer.ts';

/**
 * Pairs, or single responses for a loss of those, with what the loss needs beside them: one entry per pair or response
 * under each key that `extraInputs(loss)` names.
 */
export interface LabelledPairs {
  pairs: readonly TokenizedPair[] | readonly TokenizedSample[];
  /** Numbers, or lists of numbers as `ExtraInputs` has them. */
  labels: Readonly<Record<string, ArrayLike<number> | readonly Float32Array[]>>;
}

/** What is known after a step. */
export interface TrainedStep {
  /** Counted from 1. */
  step: number;
  total: number;
  epoch: number;
  /** Loss, `grad_norm`, reward metrics and `learning_rate`, over the whole batch. */
  values: Record<string, number>;
  /** Of prompts and completions, padding not counted. */
  tokens: number;
  seconds: number;
}

export interface TrainPairsOptions extends LabelledPairs {
  trainer: Trainer;
  epochs: number;
  /** How pairs lie in batches; `maxLength` defaults to the policy's context. */
  batching: Pick<BatchOptions, 'batchSize' | 'layout' | 'microBatchSize' | 'microBatchTokens'> & { maxLength?: number };
  /** Derives the order of the pairs, and dropout. */
  seed: number | string;
  /** The learning rates of so many steps. */
  scheduleOf: (total: number) => Schedule;
  /** Other pairs, whose loss and metrics are taken every so many steps and after the last. */
  evaluation?: (LabelledPairs & { every: number }) | undefined;
  /** Folder of the checkpoint, and steps between two. */
  checkpoints?: { folder: string; every: number } | undefined;
  /** Whether the policy equals every reference at the start, so that the loss of the first step is known. Default false. */
  startsAtReference?: boolean;
  /** Scores under the reference, for a loss that needs the divergence on mismatched prompts and answers (KTO). */
  referenceScorer?: Pick<SequenceScorer, 'score'> | undefined;
  signal?: AbortSignal;
  /** Called with the step that a run goes on after, 0 for a new one. */
  onStart?: (step: number) => void | Promise<void>;
  onStep?: (step: TrainedStep) => void;
  onEvaluation?: (result: { step: number; values: Record<string, number> }) => void;
  /** Called before a checkpoint is written: what was measured so far should be on disk by then. */
  onCheckpoint?: (step: number) => void;
  /** Called once with a sentence when the chosen completions have become much less likely. */
  onAlarm?: (text: string) => void;
}

export interface TrainPairsResult {
  /** In all, those before an interruption included. */
  steps: number;
  /** Of the steps taken now, prompts and completions, padding not counted. */
  tokens: number;
  tokensPerSecond: number;
}

/**
 * Trains on preference pairs for some epochs. A run that was interrupted goes on at its checkpoint and ends with the same
 * weights, bit for bit.
 *
 * @throws {UserError} when a pair has no tokens or too many, and when the loss is not finite any more, naming the pairs;
 *   the last checkpoint is kept
 * @throws {RangeError} when a label is missing or cannot be
 * @example
 * await trainPairs({ trainer, pairs, labels, epochs: 1, batching: { batchSize: 8 }, seed: 1,
 *   scheduleOf: (total) => createSchedule({ name: 'cosine', peak: 5e-7, total, warmupSteps: Math.round(0.1 * total) }) });
 */
export async function trainPairs(options: TrainPairsOptions): Promise<TrainPairsResult> {
  const { trainer } = options;
  const running = trainer.loss.needs.includes('runningReward') ? createRunningReward() : undefined;
  try {
    return await takeSteps(options, running);
  } finally {
    running?.dispose();
  }
}

async function takeSteps(options: TrainPairsOptions, running: RunningReward | undefined): Promise<TrainPairsResult> {
  const { trainer, pairs, labels, epochs, checkpoints, evaluation, signal } = options;
  const { policy, optimizer, ema } = trainer;
  const trained = { policy, optimizer, ema, running };
  const batching = { maxLength: policy.config.contextLength, ...options.batching, padTokenId: trainer.padToken };
  const perEpoch = Math.ceil(pairs.length / batching.batchSize);
  const total = perEpoch * epochs;
  const schedule = options.scheduleOf(total);
  const fall = chosenFall();
  const done = checkpoints ? await latestTrainingState(checkpoints.folder, trained) : 0;
  await options.onStart?.(done);
  let [tokens, seconds] = [0, 0];
  let batches: Generator<ExampleBatch, void> | undefined;
  for (let step = done + 1; step <= total; step++) {
    if (signal?.aborted) {
      if (checkpoints) {
        options.onCheckpoint?.(step - 1);
        await saveTrainingState(checkpoints.folder, step - 1, trained);
      }
      signal.throwIfAborted();
    }
    const start = (step - 1) % perEpoch;
    const epoch = Math.floor((step - 1) / perEpoch);
    if (start === 0 || !batches)
      batches = batchesOf(pairs, { ...batching, order: { seed: options.seed, epoch }, start });
    const batch = batches.next().value!;
    const began = performance.now();
    const extra = { ...(await inputsOf(options, { pairs, labels }, batch)), ...(await running?.inputs(step)) };
    const rate = schedule(step);
    const atReference = step === 1 && options.startsAtReference === true;
    const values = await measuredUpdate(trainer, {
      batch,
      extra,
      step,
      learningRate: rate,
      seed: options.seed,
      atReference,
    });
    await running?.update(step, values);
    const spent = (performance.now() - began) / 1000;
    tokens += batch.tokens;
    seconds += spent;
    options.onStep?.({ step, total, epoch, values, tokens: batch.tokens, seconds: spent });
    const alarm = fall(values);
    if (alarm) options.onAlarm?.(`step ${step}: ${alarm}`);
    if (evaluation && (step % evaluation.every === 0 || step === total)) {
      options.onEvaluation?.({
        step,
        values: await evaluatePairs(options, evaluation, batching, await running?.inputs(Infinity)),
      });
    }
    if (checkpoints && step % checkpoints.every === 0 && step < total) {
      options.onCheckpoint?.(step);
      await saveTrainingState(checkpoints.folder, step, trained);
    }
  }
  return { steps: total, tokens, tokensPerSecond: seconds > 0 ? tokens / seconds : 0 };
}

/** Mean loss and metrics of pairs, in their order, weighted by the pairs of each batch; nothing is trained. */
async function evaluatePairs(
  options: TrainPairsOptions,
  evaluated: LabelledPairs,
  batching: Omit<BatchOptions, 'order' | 'start'>,
  more: ExtraInputs | undefined,
): Promise<Record<string, number>> {
  const { trainer } = options;
  const sums: Record<string, number> = {};
  for (const batch of batchesOf(evaluated.pairs, { ...batching, order: 'given' })) {
    const extra = { ...(await inputsOf(options, evaluated, batch)), ...more };
    const values = pairMetrics(await trainer.evaluate(batch, extra), extra, trainer.lossOptions);
    for (const [name, value] of Object.entries(values)) {
      sums[name] = (sums[name] ?? 0) + (value * batch.ids.length) / evaluated.pairs.length;
    }
  }
  return sums;
}

/** What a batch needs beside the policy: its labels, and the divergence where the loss asks for it. */
async function inputsOf(
  options: TrainPairsOptions,
  { pairs, labels }: LabelledPairs,
  batch: ExampleBatch,
): Promise<ExtraInputs> {
  return { ...labelsOfBatch(options.trainer.loss, labels, batch), ...(await mismatchedKl(options, pairs, batch)) };
}

/**
 * Mean log-ratio of each prompt's answer to another prompt of the batch, which estimates the divergence from the
 * reference; negative ones count as 0 in the loss.
 *
 * @see Ethayarajh et al. 2024, arXiv:2402.01306, section 4.1
 */
async function mismatchedKl(
  { trainer, referenceScorer, signal }: TrainPairsOptions,
  pairs: LabelledPairs['pairs'],
  { indices }: ExampleBatch,
): Promise<{ kl?: Float32Array }> {
  if (!trainer.loss.needs.includes('mismatchedKl') || !referenceScorer) return {};
  // A batch of one has no other prompt: measured from itself, its answer would always count as at the reference.
  if (indices.length === 1) return { kl: Float32Array.of(0) };
  const { contextLength } = trainer.policy.config;
  const sequences = indices
    .map((at, i) => ({
      promptIds: pairs[at]!.promptIds,
      completionIds: answerOf(pairs[indices[(i + 1) % indices.length]!]!),
    }))
    .filter(({ promptIds, completionIds }) => promptIds.length + completionIds.length <= contextLength);
  if (sequences.length === 0) return { kl: Float32Array.of(0) };
  const options = signal ? { signal } : {};
  const [policy, reference] = [
    await trainer.scorer.score(sequences, options),
    await referenceScorer.score(sequences, options),
  ];
  return { kl: Float32Array.of(policy.reduce((sum, logp, i) => sum + logp - reference[i]!, 0) / sequences.length) };
}

/** The response, of a pair the chosen one. */
function answerOf(example: TokenizedPair | TokenizedSample): readonly number[] {
  return 'chosenIds' in example ? example.chosenIds : example.completionIds;
}
