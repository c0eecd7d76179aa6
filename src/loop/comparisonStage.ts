import { rm } from 'node:fs/promises';

import type { PreferencePair } from '../../datasets/index.ts';
import type { TrainableJudge } from '../judges/index.ts';
import {
  checkMemory,
  formatMemoryPlan,
  planMemory,
  savePolicy,
  type ComparedText,
  type TextTensors,
} from '../models/index.ts';
import {
  createSchedule,
  trainComparisons,
  type LabelledComparison,
  type TrainComparisonsOptions,
} from '../training/index.ts';
import type { ComparisonPairs } from './comparisonPairs.ts';
import type { Loop } from './loop.ts';

export interface ComparisonStageOptions<Text extends ComparedText, B extends TextTensors>
  extends
    ComparisonPairs,
    Pick<
      TrainComparisonsOptions<Text, B>,
      | 'epochs'
      | 'batchSize'
      | 'microBatchSize'
      | 'optimizer'
      | 'weightDecay'
      | 'clipNorm'
      | 'centering'
      | 'bf16'
      | 'patience'
    > {
  judge: TrainableJudge<Text, B>;
  /** Peak. */
  learningRate: number;
  /** How the rate falls after the warm-up. */
  schedule: 'constant' | 'linear' | 'cosine';
  /** Share of the steps over which the learning rate rises. */
  warmupRatio: number;
  /** Evaluations in an epoch. */
  evaluations: number;
  /** Multiplies the pairs' margins. Default 0: none. */
  marginScale?: number;
  /** Steps between checkpoints besides those at evaluations. */
  checkpointEvery: number;
  /** Folder whose tokenizer files go into the saved model. */
  companions: string;
}

/** What a trained judge is on the pairs that were held out. */
export interface TrainedJudge {
  folder: string;
  /** Metrics of the weights that were kept; empty without held-out pairs. */
  heldOut: Record<string, number>;
}

/**
 * Trains a judge on pairs and saves the weights that were best on those held out. A stage that was interrupted goes on at its
 * last checkpoint and ends with the same bytes.
 */
export async function comparisonStage<Text extends ComparedText, B extends TextTensors>(
  loop: Loop,
  options: ComparisonStageOptions<Text, B>,
): Promise<TrainedJudge> {
  const folder = loop.run.stagePath(1, 'checkpoint');
  const state = loop.run.stagePath(1, 'training-state');
  if (!loop.run.has(folder)) {
    const { kept, steps } = await loop.time(1, 'train', () => train(loop, state, options));
    loop.print(`trained ${steps} steps, kept the weights of step ${kept}`);
    loop.metrics.sync();
    // In float32: the saved model gives the very verdicts that were measured.
    await savePolicy(options.judge.model, folder, { companions: options.companions, dtype: 'F32' });
  }
  await rm(state, { recursive: true, force: true });
  const evaluations = loop.metrics.rows.filter(({ stage }) => stage === 'heldOut').map(({ values }) => values);
  const [heldOut = {}] = evaluations.toSorted((a, b) => a['log_loss']! - b['log_loss']!);
  return { folder, heldOut };
}

async function train<Text extends ComparedText, B extends TextTensors>(
  loop: Loop,
  folder: string,
  options: ComparisonStageOptions<Text, B>,
): Promise<{ steps: number; kept: number }> {
  const { judge, marginScale = 0, learningRate, schedule, warmupRatio, evaluations, ...training } = options;
  const labelled = (pairs: readonly PreferencePair[]): LabelledComparison<Text>[] =>
    pairs.map(({ id, prompt, chosen, rejected, chosenProbability = 1, scoreMargin = 0 }) => ({
      id,
      first: judge.encode(prompt, chosen),
      second: judge.encode(prompt, rejected),
      probability: chosenProbability,
      margin: marginScale * scoreMargin,
    }));
  const perEpoch = Math.ceil(options.train.length / options.batchSize);
  const comparisons = labelled(options.train);
  const heldOut = labelled(options.heldOut);
  const lengths = [...comparisons, ...heldOut].flatMap(({ first, second }) => [first.ids.length, second.ids.length]);
  const plan = planMemory({
    config: judge.model.config,
    training: {
      sequences: 2 * (options.microBatchSize ?? options.batchSize),
      pieces: options.microBatchSize !== undefined,
      length: lengths.reduce((longest, length) => Math.max(longest, length), 0),
      option: options.microBatchSize === undefined ? 'train.batchSize' : 'train.microBatchSize',
    },
  });
  loop.print(formatMemoryPlan(plan));
  await checkMemory(plan);
  let [tokens, seconds] = [0, 0];
  const result = await trainComparisons({
    ...training,
    model: judge,
    comparisons,
    heldOut,
    seed: loop.seed,
    scheduleOf: (total) =>
      createSchedule({ name: schedule, peak: learningRate, total, warmupSteps: Math.round(warmupRatio * total) }),
    evaluateEvery: Math.max(1, Math.ceil(perEpoch / evaluations)),
    checkpoints: { folder, every: options.checkpointEvery },
    signal: loop.signal,
    // Brings the metrics to where the weights are.
    onStart: (done) => loop.metrics.rewindTo(({ step = 0 }) => step <= done),
    onStep: (step) => {
      loop.metrics.append({ round: 1, stage: 'train', step: step.step, values: step.values });
      loop.progress(`step ${step.step}/${step.total}, loss ${step.values['loss']!.toPrecision(4)}`);
      tokens += step.tokens;
      seconds += step.seconds;
    },
    onEvaluation: ({ step, values }) => {
      loop.metrics.append({ round: 1, stage: 'heldOut', step, values });
      const { accuracy, log_loss: loss, ece } = values;
      loop.print(
        `step ${step}  held out: right in ${(100 * accuracy!).toFixed(1)}%, log loss ${loss!.toFixed(4)}, calibration error ${ece!.toFixed(3)}`,
      );
    },
    onCheckpoint: () => loop.metrics.sync(),
  });
  // Only the steps taken now: a resumed stage has others behind it.
  loop.timings.append({
    round: 1,
    stage: 'trainSteps',
    values: { tokens, tokensPerSecond: seconds > 0 ? tokens / seconds : 0 },
  });
  return result;
}
