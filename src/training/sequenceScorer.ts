import * as tf from '@tensorflow/tfjs-core';

import { MOST_TOKENS, sequenceBatches } from '../../datasets/index.ts';
import { compile, type Compiled } from '../engine/index.ts';
import { checkTokenIds, readWeights, type Policy } from '../models/index.ts';
import { completionLogProbs, tokenTensors, type TokenTensors } from './completionLogProbs.ts';

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

/** Scores completions under a policy, as a reference or for a KL estimate; it sees every update of the weights. */
export function createSequenceScorer(
  policy: Policy,
  settings: { batchSize: number; padToken: number; bf16: boolean },
): SequenceScorer {
  const { batchSize, padToken } = settings;
  // Summed by the operation that sums in the loss: a policy that is its own reference then has ratios of 0, but for rounding
  // where rows have other lengths.
  const forward = compile(
    (batch: TokenTensors) => {
      const tokens = completionLogProbs(policy.config, readWeights(policy), batch);
      return { tokens, sums: tf.sum(tokens, -1) };
    },
    {
      name: 'sequenceScorer',
      bf16: settings.bf16,
      memoryAdvice:
        `At most ${batchSize} rows and ${MOST_TOKENS} tokens, or one longer row, are scored together: score shorter ` +
        'sequences, or lower the batch size (logps: --batch-size; recipes that train on fresh answers: train.batchSize).',
    },
  );

  /** Log-probabilities of each completion and of its tokens, nats, as they are computed; empty completions are left out. */
  async function* scored(
    sequences: readonly ScoredSequence[],
    { signal, onProgress }: ScoreOptions,
  ): AsyncGenerator<{ index: number; sum: number; tokens: Float32Array }> {
    sequences.forEach((sequence, i) => checkSequence(policy, sequence, i));
    const counted = sequences.flatMap(({ completionIds }, i) => (completionIds.length > 0 ? [i] : []));
    let done = sequences.length - counted.length;
    const { contextLength } = policy.config;
    for (const group of byCompletions(counted, sequences, contextLength)) {
      const examples = group.map((members) => ({
        id: '',
        promptIds: sequences[members[0]!]!.promptIds,
        completions: members.map((index) => sequences[index]!.completionIds),
      }));
      const options = { batchSize, maxLength: contextLength, padTokenId: padToken };
      for (const { indices, tokens: batch } of sequenceBatches(examples, options)) {
        signal?.throwIfAborted();
        const { tokens, sums } = await valuesOf(forward, tokenTensors(batch));
        for (const [slot, at] of indices.entries()) {
          for (const [side, index] of group[at]!.entries()) {
            const sequence = side * batch.slots + slot;
            const first = sequence * batch.length;
            const last = first + sequences[index]!.completionIds.length;
            yield { index, sum: sums[sequence]!, tokens: tokens.slice(first, last) };
            done++;
          }
        }
        onProgress?.(done, sequences.length);
      }
    }
  }

  return {
    score: async (sequences, options = {}) => {
      const scores = new Float64Array(sequences.length);
      for await (const { index, sum } of scored(sequences, options)) scores[index] = sum;
      return scores;
    },
    scoreTokens: async (sequences, options = {}) => {
      const scores: Float32Array[] = Array.from(sequences, () => new Float32Array());
      for await (const { index, tokens } of scored(sequences, options)) scores[index] = tokens;
      return scores;
    },
    dispose: () => forward.dispose(),
  };
}

/**
 * Sequences that follow one another with the same prompt, two at a time, and those that stay alone. Two that are longer than
 * `most` together stay alone, so that no row takes more memory than the longest sequence may.
 */
function byCompletions(indices: readonly number[], sequences: readonly ScoredSequence[], most: number): number[][][] {
  const [twos, ones]: [number[][], number[][]] = [[], []];
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    const next = indices[i + 1];
    if (next !== undefined && fitTogether(sequences[index]!, sequences[next]!, most)) {
      twos.push([index, next]);
      i++;
    } else {
      ones.push([index]);
    }
  }
  return [twos, ones].filter((group) => group.length > 0);
}

function fitTogether(a: ScoredSequence, b: ScoredSequence, most: number): boolean {
  const length = a.promptIds.length + a.completionIds.length + b.completionIds.length;
  return length <= most && isEqual(a.promptIds, b.promptIds);
}

const isEqual = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((token, i) => token === b[i]);

type Scores<T> = { tokens: T; sums: T };

async function valuesOf(
  forward: Compiled<[TokenTensors], Scores<tf.Tensor>>,
  batch: TokenTensors,
): Promise<Scores<Float32Array>> {
  try {
    const results = await forward.async(batch);
    const [tokens, sums] = await Promise.all([results.tokens.data(), results.sums.data()]);
    tf.dispose(results);
    return { tokens: tokens as Float32Array, sums: sums as Float32Array };
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
