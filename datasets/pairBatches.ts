import { randomStream } from '../src/base/seed.ts';
import { UserError } from '../src/base/userError.ts';
import { listProblems } from './listProblems.ts';

/** A preference pair as tokens. Each completion ends in one end token, unless it was cut: the caller sees to that. */
export interface TokenizedPair {
  id: string;
  promptIds: readonly number[];
  chosenIds: readonly number[];
  rejectedIds: readonly number[];
}

export interface PairBatchOptions {
  /** Pairs in a batch, P. */
  batchSize: number;
  /** Longest sequence the model takes, in tokens. */
  maxLength: number;
  padTokenId: number;
  /** A random order for each seed and epoch, or the order given. */
  order: { seed: number | string; epoch: number } | 'given';
  /** Index of the first batch, to resume an epoch; default 0. */
  start?: number;
}

/** A batch of P pairs as 2P sequences of T tokens: all chosen ones, then all rejected ones, padded on the right. */
export interface PairBatch {
  /** Position in the epoch, from 0. */
  index: number;
  /** P */
  batchSize: number;
  /** T, a bucketed length. */
  length: number;
  /** [2P, T] */
  inputIds: Int32Array;
  /** [2P, T-1], 1 where logits[t] predict a completion token input_ids[t+1], else 0. */
  completionMask: Float32Array;
  /** [P], 1 for a pair, 0 for filler in the last batch. */
  rowWeights: Float32Array;
  /** [P], position of each row's pair in the list that was given. */
  pairIndices: Int32Array;
}

/**
 * Lengths are rounded up to 32, 64, 96, 128, then to steps of half a power of two (192, 256, 384, ...): a compiled step
 * meets few shapes and wastes at most a third of a long one.
 */
function bucketLength(length: number, maxLength: number): number {
  let bucket = Math.ceil(length / 32) * 32;
  if (bucket > 128) {
    const power = 2 ** Math.ceil(Math.log2(length));
    bucket = length <= 0.75 * power ? 0.75 * power : power;
  }
  return Math.min(bucket, maxLength);
}

/**
 * Batches of one epoch, each of the same number of rows. The last one is filled up with copies of its first pair at weight
 * 0 (copies rather than padding, so that every row has finite log-probabilities and lengths). A batch depends on the
 * options and its index only, so a run resumes at any index.
 *
 * @throws {UserError} when a pair has an empty prompt or completion, or is longer than `maxLength`
 * @example for (const batch of pairBatches(pairs, { batchSize: 4, maxLength: 256, padTokenId: 0, order: 'given' })) step(batch);
 */
export function* pairBatches(pairs: readonly TokenizedPair[], options: PairBatchOptions): Generator<PairBatch, void> {
  const { batchSize, order } = options;
  checkPairs(pairs, options.maxLength);
  const given = pairs.map((_, at) => at);
  const indices = order === 'given' ? given : randomStream(order.seed, 'pairBatches', order.epoch).shuffle(given);
  for (let index = options.start ?? 0; index * batchSize < pairs.length; index++) {
    yield packBatch(pairs, indices.slice(index * batchSize, (index + 1) * batchSize), index, options);
  }
}

function packBatch(
  pairs: readonly TokenizedPair[],
  chosen: readonly number[],
  index: number,
  { batchSize, maxLength, padTokenId }: PairBatchOptions,
): PairBatch {
  const pairIndices = Int32Array.from({ length: batchSize }, (_, row) => chosen[row] ?? chosen[0]!);
  const rows = Array.from(pairIndices, (at) => pairs[at]!);
  const length = bucketLength(Math.max(...rows.map(sequenceLength)), maxLength);
  const inputIds = new Int32Array(2 * batchSize * length).fill(padTokenId);
  const completionMask = new Float32Array(2 * batchSize * (length - 1));
  const place = (row: number, promptIds: readonly number[], completionIds: readonly number[]): void => {
    inputIds.set(promptIds, row * length);
    inputIds.set(completionIds, row * length + promptIds.length);
    const first = row * (length - 1) + promptIds.length - 1;
    completionMask.fill(1, first, first + completionIds.length);
  };
  rows.forEach(({ promptIds, chosenIds, rejectedIds }, row) => {
    place(row, promptIds, chosenIds);
    place(batchSize + row, promptIds, rejectedIds);
  });
  const rowWeights = Float32Array.from({ length: batchSize }, (_, row) => (row < chosen.length ? 1 : 0));
  return { index, batchSize, length, inputIds, completionMask, rowWeights, pairIndices };
}

function sequenceLength({ promptIds, chosenIds, rejectedIds }: TokenizedPair): number {
  return promptIds.length + Math.max(chosenIds.length, rejectedIds.length);
}

function checkPairs(pairs: readonly TokenizedPair[], maxLength: number): void {
  const problems: string[] = [];
  for (const pair of pairs) {
    for (const side of ['promptIds', 'chosenIds', 'rejectedIds'] as const) {
      if (pair[side].length === 0) problems.push(`${pair.id}: ${side} is empty`);
    }
    const length = sequenceLength(pair);
    if (length > maxLength) problems.push(`${pair.id}: ${length} tokens`);
  }
  if (problems.length === 0) return;
  throw new UserError(
    'pairs.tokens',
    `pairs: expected a prompt and two completions of at most ${maxLength} tokens together, found:\n` +
      `${listProblems(problems)}\nDrop these pairs or shorten them.`,
  );
}
