import { pairBatches, type BatchLayout, type ExampleBatch } from 'nashtune/datasets';
import type { CompileMode } from 'nashtune/engine';
import { withAdapter } from 'nashtune/models';
import { createTrainer, type LossChoice, type LossOptions, type Trainer } from 'nashtune/training';

import { runBenchmark, type BenchOptions, type BenchResult } from './benchmark.ts';
import type { TrainJob } from './trainJob.ts';
import { trainLabels } from './trainLabels.ts';

export interface TrainBenchOptions extends BenchOptions {
  /** Id of the registry. Default `dpo`. */
  loss?: Extract<LossChoice, string> | undefined;
  /** Default: beta 0.1. */
  lossOptions?: LossOptions | undefined;
  /** How pairs lie in batches. Default `padded`. */
  layout?: BatchLayout | undefined;
  /** Pairs computed at once, where a batch is too much for the memory; a divisor of it. Padded rows only. */
  microBatchSize?: number | undefined;
  /** Train an adapter of this rank on all linear maps, instead of the weights. */
  loraRank?: number | undefined;
  /** How the step runs. Default: the engine's choice. */
  mode?: CompileMode | undefined;
  /** Whether activations are computed again in the backward pass. Default false. */
  recompute?: boolean | undefined;
  /** Steps at least that come before those that count; one of each shape comes anyhow. */
  warmUpSteps?: number | undefined;
}

export interface TrainBenchResult extends BenchResult {
  model: string;
  /** Weights of the model. */
  parameters: number;
  loss: string;
  layout: BatchLayout;
  batchSize: number;
  maxLength: number;
  /** Pairs read and left out as longer than that. */
  dropped: number;
  mode: CompileMode | 'default';
  /** Of every step, the compiling ones included: the same for the same seed. */
  losses: number[];
}

const LEARNING_RATE = 1e-6;

/**
 * Times training steps (forward, backward, clipping and AdamW); a step is one update on one batch. The log-probabilities of
 * the reference are computed before. Prompts count once for each answer, padding does not count.
 *
 * @throws {UserError} when the engine does not start, the model cannot be loaded, or the loss needs what pairs do not have
 */
export async function benchTrain(job: TrainJob, options: TrainBenchOptions): Promise<TrainBenchResult> {
  const { layout = 'padded', mode } = options;
  const losses: number[] = [];
  let parameters = 0;
  let loss = '';
  const result = await runBenchmark('train', options, async (precision) => {
    const trainer = await trainerOf(job, options, precision === 'bf16');
    loss = trainer.loss.id;
    parameters = countOf([...trainer.policy.parameters.values()]);
    const batches = batchesOf(job, options);
    options.onProgress?.('Scoring the pairs under the reference ...');
    const labels = await trainLabels(trainer, job.pairs);
    let step = 0;
    return {
      warmUp: warmUpRuns(newShapes(batches, trainer.loss.coupled), options.warmUpSteps),
      runs: batches.length,
      tokens: (index) => batches[index]!.tokens,
      stepsPerRun: 1,
      run: async (index) => {
        const batch = batches[index]!;
        losses.push((await trainer.update(batch, labels(batch), ++step, LEARNING_RATE)).loss);
      },
      dispose: () => {
        trainer.dispose();
        trainer.policy.dispose();
      },
    };
  });
  const { model, batchSize, maxLength, dropped } = job;
  return {
    ...result,
    model,
    parameters,
    loss,
    layout,
    batchSize,
    maxLength,
    dropped: dropped.length,
    mode: mode ?? 'default',
    losses,
  };
}

async function trainerOf(job: TrainJob, options: TrainBenchOptions, bf16: boolean): Promise<Trainer> {
  const { loss = 'dpo', lossOptions = { beta: 0.1 }, loraRank, seed, mode, recompute } = options;
  const base = await job.openPolicy({ frozen: loraRank !== undefined });
  const policy = loraRank === undefined ? base : withAdapter(base, { rank: loraRank }, seed);
  const common = { clipNorm: 1, weightDecay: 0.01, padToken: job.padToken, bf16, recompute };
  try {
    return createTrainer({ policy, loss, lossOptions, ...common, ...(mode ? { mode } : {}) });
  } catch (error) {
    policy.dispose();
    throw error;
  }
}

function batchesOf({ pairs, batchSize, maxLength, padToken }: TrainJob, options: TrainBenchOptions): ExampleBatch[] {
  const { layout, microBatchSize } = options;
  return [
    ...pairBatches(pairs, {
      batchSize,
      maxLength,
      padTokenId: padToken,
      order: 'given',
      ...(layout ? { layout } : {}),
      ...(microBatchSize ? { microBatchSize } : {}),
    }),
  ];
}

/** The first batches again, until there are enough. */
function warmUpRuns(shapes: readonly number[], least = 0): number[] {
  return Array.from({ length: Math.max(least, shapes.length) }, (_, i) => shapes[i % shapes.length]!);
}

/** The batches that have a shape which none before them has: what a step is compiled for. */
function newShapes(batches: readonly ExampleBatch[], coupled: boolean): number[] {
  const seen = new Set<string>();
  return batches.flatMap(({ microBatches }, index) => {
    const pieces = microBatches.map(({ rows, length, sources, mask, sequences }) =>
      [microBatches.length === 1, rows, length, sources.length, sequences, mask.length].join(),
    );
    // A coupled loss is also computed of all pieces together.
    const shapes = (coupled ? [pieces.join(' ')] : pieces).filter((shape) => !seen.has(shape));
    for (const shape of shapes) seen.add(shape);
    return shapes.length > 0 ? [index] : [];
  });
}

function countOf(parameters: readonly { shape: readonly number[] }[]): number {
  return parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
