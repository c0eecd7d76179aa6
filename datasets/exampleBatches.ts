import { randomStream } from '../src/base/seed.ts';
import {
  packedLength,
  packedTokens,
  paddedTokens,
  sequenceLength,
  type Example,
  type TokenBatch,
} from './tokenBatch.ts';

/** How sequences lie in rows: see `BatchOptions.layout`. */
export type BatchLayout = 'padded' | 'packed' | 'shared-prompt';

export interface BatchOptions {
  /** Examples in a batch, P. */
  batchSize: number;
  /** Longest sequence the model takes, in tokens. */
  maxLength: number;
  padTokenId: number;
  /** A random order for each seed and epoch, or the order given. */
  order: { seed: number | string; epoch: number } | 'given';
  /** Index of the first batch, to resume an epoch; default 0. */
  start?: number;
  /**
   * `padded` (default): each sequence is a row of its own, padded to a bucketed length. `packed`: rows of one length for
   * the whole run are filled with several sequences, which do not see one another. `shared-prompt`: as packed, and the
   * completions of an example share one copy of its prompt. All three give the same numbers up to rounding; packed rows
   * waste little on texts of mixed lengths.
   */
  layout?: BatchLayout;
  /** Padded rows: examples computed at once, a divisor of `batchSize`; default all. Less needs less memory. */
  microBatchSize?: number;
  /** Packed rows: tokens computed at once, rounded to whole rows; default 1024. */
  microBatchTokens?: number;
}

/** The examples of one update, in as many pieces as are computed one after the other. */
export interface ExampleBatch {
  /** Position in the epoch, from 0. */
  index: number;
  /** Positions of the examples in the list that was given, P or fewer in the last batch. */
  indices: number[];
  /** Their ids. */
  ids: string[];
  /** Tokens of each completion, by completion (chosen, rejected), then by example. */
  lengths: number[][];
  /** Tokens of all sequences, prompts counted once for each completion, padding not counted. */
  tokens: number;
  microBatches: TokenBatch[];
}

const MICRO_BATCH_TOKENS = 1024;

/**
 * Lengths are rounded up to 32, 64, 96, 128, then to steps of half a power of two (192, 256, 384, ...): a compiled step
 * meets few shapes and wastes at most a third of a long one.
 */
export function bucketLength(length: number, maxLength: number): number {
  let bucket = Math.ceil(length / 32) * 32;
  if (bucket > 128) {
    const power = 2 ** Math.ceil(Math.log2(length));
    bucket = length <= 0.75 * power ? 0.75 * power : power;
  }
  return Math.min(bucket, maxLength);
}

/** Batches of one epoch; the examples are checked already. */
export function* exampleBatches(examples: readonly Example[], options: BatchOptions): Generator<ExampleBatch, void> {
  const { batchSize, order } = options;
  checkOptions(options);
  const given = examples.map((_, at) => at);
  const shuffled = order === 'given' ? given : randomStream(order.seed, 'pairBatches', order.epoch).shuffle(given);
  const layOut = layoutOf(examples, options);
  for (let index = options.start ?? 0; index * batchSize < examples.length; index++) {
    const indices = shuffled.slice(index * batchSize, (index + 1) * batchSize);
    const chosen = indices.map((at) => examples[at]!);
    const tokens = chosen.reduce((sum, example) => sum + packedLength(example, false), 0);
    const lengths = chosen[0]!.completions.map((_, side) => chosen.map(({ completions }) => completions[side]!.length));
    yield { index, indices, ids: chosen.map(({ id }) => id), lengths, tokens, microBatches: layOut(chosen) };
  }
}

function layoutOf(
  examples: readonly Example[],
  { layout = 'padded', batchSize, microBatchSize = batchSize, maxLength, padTokenId, ...packed }: BatchOptions,
): (chosen: readonly Example[]) => TokenBatch[] {
  if (layout === 'padded') {
    return (chosen) =>
      Array.from({ length: Math.ceil(chosen.length / microBatchSize) }, (_, i) => {
        const part = chosen.slice(i * microBatchSize, (i + 1) * microBatchSize);
        const members = part.map((_example, j) => i * microBatchSize + j);
        const longest = Math.max(...part.map(sequenceLength));
        const length = bucketLength(longest, maxLength);
        return paddedTokens(part, members, { slots: microBatchSize, length, padTokenId });
      });
  }
  const sharedPrompts = layout === 'shared-prompt';
  // One length of row for the whole run: the step is compiled for it.
  const longest = examples.reduce((most, example) => Math.max(most, packedLength(example, sharedPrompts)), 1);
  const length = Math.ceil(longest / 32) * 32;
  const rows = Math.max(1, Math.floor((packed.microBatchTokens ?? MICRO_BATCH_TOKENS) / length));
  return (chosen) => packedTokens(chosen, { slots: batchSize, rows, length, sharedPrompts, padTokenId });
}

function checkOptions({ batchSize, microBatchSize = batchSize, microBatchTokens = 1 }: BatchOptions): void {
  const wrong =
    whole('batchSize', batchSize) ??
    whole('microBatchSize', microBatchSize) ??
    whole('microBatchTokens', microBatchTokens) ??
    (batchSize % microBatchSize === 0
      ? undefined
      : `microBatchSize must divide batchSize, ${batchSize}, got ${microBatchSize}`);
  if (wrong) throw new RangeError(`batches: ${wrong}. Correct the option.`);
}

function whole(name: string, value: number): string | undefined {
  return Number.isInteger(value) && value > 0 ? undefined : `${name} must be a whole number above 0, got ${value}`;
}
