import * as tf from '@tensorflow/tfjs-core';

import { compile, type Compiled } from '../engine/index.ts';
import { checkTokenIds, readWeights, type Policy } from '../models/index.ts';
import { maskedLogProbs, sequenceLogProbs } from './completionLogProbs.ts';

export interface ScoredSequence {
  promptIds: readonly number[];
  /** The tokens that count, end token included. */
  completionIds: readonly number[];
}

/** How scoring is stopped and followed. */
export interface ScoreOptions {
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface SequenceScorer {
  /**
   * Summed log-probabilities of the completions, in the order given: nats, [sequences.length].
   *
   * @throws {RangeError} when a sequence has no prompt, or is longer than the policy's context
   * @throws {UserError} when a token is not in the policy's vocabulary
   */
  score(sequences: readonly ScoredSequence[], options?: ScoreOptions): Promise<Float64Array>;
  /** As `score`, of each token of the completions by itself: nats, [completion's length] for each sequence. */
  scoreTokens(sequences: readonly ScoredSequence[], options?: ScoreOptions): Promise<Float32Array[]>;
  dispose(): void;
}

/** Lengths are padded to a multiple of this, and the rows of a short batch to one of that, so that few shapes are compiled. */
const LENGTH_STEP = 32;
const ROW_STEP = 8;

/** Scores completions under a policy, as a reference or for a KL estimate; it sees every update of the weights. */
export function createSequenceScorer(
  policy: Policy,
  settings: { batchSize: number; padToken: number; bf16: boolean },
): SequenceScorer {
  const { batchSize, padToken } = settings;
  const compileOptions = {
    bf16: settings.bf16,
    memoryAdvice: `Lower the batch size of scoring, now ${batchSize} sequences (in recipes 2 x train.batchSize).`,
  };
  const sums = compile(
    ({ ids, mask }: Batch) =>
      sequenceLogProbs(policy.config, readWeights(policy), ids as tf.Tensor2D, mask as tf.Tensor2D),
    { name: 'sequenceScorer', ...compileOptions },
  );
  const tokens = compile(
    ({ ids, mask }: Batch) =>
      maskedLogProbs(policy.config, readWeights(policy), ids as tf.Tensor2D, mask as tf.Tensor2D),
    { name: 'tokenScorer', ...compileOptions },
  );

  /** Scores all, batch by batch, the shortest first; `take` gets the values of each row of a batch. */
  async function scoreAll(
    forward: Compiled<[Batch], tf.Tensor>,
    sequences: readonly ScoredSequence[],
    options: ScoreOptions,
    take: (index: number, values: ArrayLike<number>, row: number, rows: number) => void,
  ): Promise<void> {
    sequences.forEach((sequence, i) => checkSequence(policy, sequence, i));
    const order = sequences.map((_, i) => i).sort((a, b) => lengthOf(sequences[a]!) - lengthOf(sequences[b]!) || a - b);
    for (let start = 0; start < order.length; start += batchSize) {
      options.signal?.throwIfAborted();
      const rows = order.slice(start, start + batchSize);
      const present = rows.map((i) => sequences[i]!);
      const filled = Math.min(batchSize, Math.ceil(rows.length / ROW_STEP) * ROW_STEP);
      const values = await valuesOf(forward, sequenceTensors(present, filled, padToken, policy.config.contextLength));
      rows.forEach((index, row) => take(index, values, row, filled));
      options.onProgress?.(Math.min(start + batchSize, order.length), order.length);
    }
  }

  return {
    score: async (sequences, options = {}) => {
      const scores = new Float64Array(sequences.length);
      await scoreAll(sums, sequences, options, (index, values, row) => {
        scores[index] = values[row]!;
      });
      return scores;
    },
    scoreTokens: async (sequences, options = {}) => {
      const scores: Float32Array[] = Array.from(sequences, () => new Float32Array());
      await scoreAll(tokens, sequences, options, (index, values, row, rows) => {
        const { promptIds, completionIds } = sequences[index]!;
        const first = row * (values.length / rows) + promptIds.length - 1;
        scores[index] = Float32Array.from(completionIds, (_, t) => values[first + t]!);
      });
      return scores;
    },
    dispose: () => {
      sums.dispose();
      tokens.dispose();
    },
  };
}

function lengthOf({ promptIds, completionIds }: ScoredSequence): number {
  return promptIds.length + completionIds.length;
}

type Batch = { ids: tf.Tensor; mask: tf.Tensor };

async function valuesOf(forward: Compiled<[Batch], tf.Tensor>, batch: Batch): Promise<ArrayLike<number>> {
  try {
    const result = await forward.async(batch);
    const values = await result.data();
    result.dispose();
    return values;
  } finally {
    tf.dispose(batch);
  }
}

function checkSequence({ config }: Policy, { promptIds, completionIds }: ScoredSequence, index: number): void {
  if (promptIds.length === 0 || promptIds.length + completionIds.length > config.contextLength) {
    throw new RangeError(
      `score: sequence ${index} has ${promptIds.length} prompt and ${completionIds.length} completion tokens; expected a ` +
        `prompt, and at most ${config.contextLength} in all. Drop or cut it first.`,
    );
  }
  checkTokenIds(config, [...promptIds, ...completionIds], `sequence ${index}`);
}

function sequenceTensors(
  sequences: readonly ScoredSequence[],
  rows: number,
  padToken: number,
  contextLength: number,
): Batch {
  const longest = Math.max(...sequences.map(lengthOf));
  const length = Math.min(contextLength, Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP);
  const ids = new Int32Array(rows * length).fill(padToken);
  const mask = new Float32Array(rows * (length - 1));
  for (let row = 0; row < rows; row++) {
    // A short last batch repeats its first row; the copies are thrown away.
    const { promptIds, completionIds } = sequences[row] ?? sequences[0]!;
    ids.set([...promptIds, ...completionIds], row * length);
    const from = row * (length - 1) + promptIds.length - 1;
    mask.fill(1, from, from + completionIds.length);
  }
  return { ids: tf.tensor2d(ids, [rows, length], 'int32'), mask: tf.tensor2d(mask, [rows, length - 1]) };
}
