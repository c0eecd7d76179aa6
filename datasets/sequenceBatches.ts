import { bucketLength } from './exampleBatches.ts';
import { groupIntoRows } from './groupIntoRows.ts';
import { packedLength, packedTokens, type Example, type TokenBatch } from './tokenBatch.ts';

export interface SequenceBatchOptions {
  /** Most rows of a batch; long rows are fewer, as a batch has 4096 tokens at most. */
  batchSize: number;
  /** Longest row, in tokens; no example takes more. */
  maxLength: number;
  padTokenId: number;
}

/** Examples that are computed at once. */
export interface SequenceBatch {
  /** Their positions in the list that was given. */
  indices: number[];
  tokens: TokenBatch;
}

/** Tokens of a batch, unless one row has more: more are not computed faster. */
export const MOST_TOKENS = 4096;

/** Examples that are put into rows together: first-fit takes the square of their number. */
const GROUPED = 8192;

/** The largest batch of examples of which the longest takes `longest` tokens: its rows, and tokens of each. */
export function sequenceRows(
  longest: number,
  { batchSize, maxLength }: Pick<SequenceBatchOptions, 'batchSize' | 'maxLength'>,
): { rows: number; length: number } {
  const length = bucketLength(longest, maxLength);
  return { rows: Math.max(1, Math.min(batchSize, Math.floor(MOST_TOKENS / length))), length };
}

/**
 * Examples in packed rows, in no order, to compute something for each token without learning from it: little is padding, and the
 * completions of an example share one copy of its prompt.
 *
 * @param examples all with the same number of completions
 */
export function* sequenceBatches(
  examples: readonly Example[],
  options: SequenceBatchOptions,
): Generator<SequenceBatch, void> {
  const { padTokenId } = options;
  const sizes = examples.map((example) => packedLength(example, true));
  const longest = sizes.reduce((most, size) => Math.max(most, size), 1);
  const { rows: most, length } = sequenceRows(longest, options);
  for (let first = 0; first < examples.length; first += GROUPED) {
    const grouped = groupIntoRows(sizes.slice(first, first + GROUPED), length);
    for (let start = 0; start < grouped.length; start += most) {
      const indices = grouped.slice(start, start + most).flatMap((row) => row.map((at) => first + at));
      // Few numbers of rows and of examples, as each is compiled.
      const rows = Math.min(most, 2 ** Math.ceil(Math.log2(grouped.length - start)));
      const chosen = indices.map((index) => examples[index]!);
      const packed = { slots: 2 ** Math.ceil(Math.log2(chosen.length)), rows, length, sharedPrompts: true, padTokenId };
      for (const tokens of packedTokens(chosen, packed)) {
        yield { indices: tokens.members.map((member) => indices[member]!), tokens };
      }
    }
  }
}
