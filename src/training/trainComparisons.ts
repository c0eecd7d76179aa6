import { UserError } from '../base/userError.ts';
import type { ComparedText, ComparisonModel, TextTensors } from '../models/index.ts';
import { createBestWeights, type BestWeights } from './bestWeights.ts';
import { byLength, comparisonBatches } from './comparisonBatches.ts';
import { comparisonMetrics, type ComparisonMetrics } from './comparisonMetrics.ts';
import { createComparisonStep, type ComparisonStep, type LabelledComparison } from './comparisonStep.ts';
import { createOptimizer, type OptimizerSettings } from './optimizers/registry.ts';
import type { Schedule } from './schedules.ts';
import { latestTrainingState, saveTrainingState, type Trained } from './trainingState.ts';
import type { TrainedStep } from './trainPairs.ts';

export interface TrainComparisonsOptions<Text extends ComparedText, B extends TextTensors> {
  model: ComparisonModel<Text, B>;
  comparisons: readonly LabelledComparison<Text>[];
  /** Others, on which the best weights are chosen: those with the lowest cross-entropy. Without them, the last are kept. */
  heldOut?: readonly LabelledComparison<Text>[];
  epochs: number;
  /** Comparisons per step, and of these computed at once. */
  batchSize: number;
  microBatchSize?: number | undefined;
  /** Derives the order of the comparisons. */
  seed: number | string;
  scheduleOf: (total: number) => Schedule;
  optimizer?: OptimizerSettings | undefined;
  weightDecay?: number;
  /** Largest norm of the gradients. */
  clipNorm: number;
  /** Weight of the square of a comparison's summed scores, for reward models. Default 0. */
  centering?: number | undefined;
  bf16?: boolean;
  /** Steps between evaluations; there is one after the last step. Default: that one alone. */
  evaluateEvery?: number;
  /** End after so many evaluations in a row without a new best. Default: train to the end. */
  patience?: number | undefined;
  /** Folder of the checkpoint and of the best weights, and steps between two. */
  checkpoints: { folder: string; every: number };
  signal?: AbortSignal;
  /** Called with the step that a run goes on after, 0 for a new one. */
  onStart?: (step: number) => void | Promise<void>;
  onStep?: (step: TrainedStep) => void;
  onEvaluation?: (result: { step: number; values: Record<string, number> }) => void;
  /** Called before a checkpoint is written: what was measured so far should be on disk by then. */
  onCheckpoint?: (step: number) => void;
}

/**
 * Trains a preference model or reward model on labelled comparisons, and leaves it with the weights that were best on
 * those held out. A run that was interrupted goes on at its checkpoint and ends with the same weights, bit for bit.
 *
 * @returns the steps taken in all, and the step whose weights were kept
 * @throws {UserError} when the loss is not finite any more, naming the comparisons; the last checkpoint is kept
 * @example
 * await trainComparisons({ model, comparisons, heldOut, epochs: 1, batchSize: 32, seed: 1, clipNorm: 1, evaluateEvery: 50,
 *   scheduleOf: (total) => createSchedule({ name: 'cosine', peak: 2e-6, total, warmupSteps: Math.round(0.03 * total) }),
 *   checkpoints: { folder: './training-state', every: 50 } });
 */
export async function trainComparisons<Text extends ComparedText, B extends TextTensors>(
  options: TrainComparisonsOptions<Text, B>,
): Promise<{ steps: number; kept: number }> {
  const { model, weightDecay = 0, bf16 = false } = options;
  const { parameters } = model.model;
  const optimizer = createOptimizer(parameters, { weightDecay, ...(options.optimizer ?? { name: 'adamw' }) });
  const best = createBestWeights(parameters, options.checkpoints.folder);
  const { clipNorm, batchSize, microBatchSize, centering } = options;
  const step = createComparisonStep({ model, optimizer, clipNorm, batchSize, microBatchSize, centering, bf16 });
  try {
    return await takeSteps(options, step, { policy: model.model, optimizer, best });
  } finally {
    for (const made of [step, best, optimizer]) made.dispose();
  }
}

async function takeSteps<Text extends ComparedText, B extends TextTensors>(
  options: TrainComparisonsOptions<Text, B>,
  model: ComparisonStep<Text>,
  trained: Trained & { best: BestWeights },
): Promise<{ steps: number; kept: number }> {
  const { comparisons, heldOut = [], epochs, batchSize, checkpoints, evaluateEvery = Infinity, signal } = options;
  const { best } = trained;
  const perEpoch = Math.ceil(comparisons.length / batchSize);
  const total = perEpoch * epochs;
  const schedule = options.scheduleOf(total);
  const save = async (step: number): Promise<void> => {
    options.onCheckpoint?.(step);
    await saveTrainingState(checkpoints.folder, step, trained);
    await best.removeFormer();
  };
  let step = await latestTrainingState(checkpoints.folder, trained);
  await options.onStart?.(step);
  let batches: LabelledComparison<Text>[][] | undefined;
  while (step < total && !(await isOverdue(step, best, options))) {
    if (signal?.aborted) {
      await save(step);
      signal.throwIfAborted();
    }
    const epoch = Math.floor(step / perEpoch);
    if (step % perEpoch === 0 || !batches) {
      batches = comparisonBatches(comparisons, batchSize, { seed: options.seed, epoch });
    }
    const batch = batches[step % perEpoch]!;
    step++;
    const began = performance.now();
    const rate = schedule(step);
    const { loss, gradNorm, logits } = await model.update(batch, step, rate);
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) throw notFinite(step, loss, gradNorm, batch);
    const { accuracy } = comparisonMetrics(logits, labelsOf(batch));
    options.onStep?.({
      step,
      total,
      epoch,
      values: { loss, accuracy, grad_norm: gradNorm, learning_rate: rate },
      tokens: batch.reduce((sum, { first, second }) => sum + first.ids.length + second.ids.length, 0),
      seconds: (performance.now() - began) / 1000,
    });
    const isEvaluated = heldOut.length > 0 && (step % evaluateEvery === 0 || step === total);
    if (isEvaluated) {
      const values = await evaluate(model, heldOut, batchSize, signal);
      options.onEvaluation?.({ step, values: { ...values } });
      await best.offer(step, values.log_loss);
    }
    if (isEvaluated || (step % checkpoints.every === 0 && step < total)) await save(step);
  }
  const kept = await best.step();
  if (kept > 0) await best.restore();
  return { steps: step, kept: kept > 0 ? kept : step };
}

/** Whether training has to end early. */
async function isOverdue<Text extends ComparedText, B extends TextTensors>(
  step: number,
  best: BestWeights,
  { patience = Infinity, evaluateEvery = Infinity, heldOut = [] }: TrainComparisonsOptions<Text, B>,
): Promise<boolean> {
  // Nothing was ever measured, so nothing is overdue.
  if (heldOut.length === 0) return false;
  const since = step - (await best.step());
  return patience < Infinity && since >= patience * evaluateEvery;
}

async function evaluate<Text extends ComparedText>(
  model: ComparisonStep<Text>,
  comparisons: readonly LabelledComparison<Text>[],
  batchSize: number,
  signal: AbortSignal | undefined,
): Promise<ComparisonMetrics> {
  const sorted = byLength(comparisons);
  const logits: number[] = [];
  for (let i = 0; i < sorted.length; i += batchSize) {
    signal?.throwIfAborted();
    logits.push(...(await model.logits(sorted.slice(i, i + batchSize))));
  }
  return comparisonMetrics(logits, labelsOf(sorted));
}

function labelsOf(comparisons: readonly { probability: number }[]): number[] {
  return comparisons.map(({ probability }) => probability);
}

function notFinite(step: number, loss: number, gradNorm: number, batch: readonly { id: string }[]): UserError {
  const named = batch.slice(0, 8).map(({ id }) => id);
  return new UserError(
    'train.notFinite',
    `Step ${step}: the loss is ${loss} and the norm of its gradient ${gradNorm} on the pairs ${named.join(', ')}` +
      `${batch.length > 8 ? ', ...' : ''}. The last checkpoint is kept. Lower train.learningRate, or look at these pairs, then resume.`,
  );
}
