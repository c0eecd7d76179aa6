import { bucketLength } from './exampleBatches.ts';
import { groupIntoRows } from './groupIntoRows.ts';
import { packedLength, packedTokens, type Example, type TokenBatch } from './tokenBatch.ts';

export interface SequenceBatchOptions {
  /** Most rows of a batch. */
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

/** Tokens of a batch: more are not computed faster. */
const MOST_TOKENS = 4096;

/**
 * Examples in packed rows, in no order, to compute something for each token without learning from it: little is padding, and the
 * completions of an example share one copy of its prompt.
 *
 * @param examples all with the same number of completions
 */
export function* sequenceBatches(
  examples: readonly Example[],
  { batchSize, maxLength, padTokenId }: SequenceBatchOptions,
): Generator<SequenceBatch, void> {
  const sizes = examples.map((example) => packedLength(example, true));
  const length = bucketLength(Math.max(...sizes), maxLength);
  const most = Math.max(1, Math.min(batchSize, Math.floor(MOST_TOKENS / length)));
  const grouped = groupIntoRows(sizes, length);
  for (let start = 0; start < grouped.length; start += most) {
    const indices = grouped.slice(start, start + most).flat();
    // Few numbers of rows and of examples, as each is compiled.
    const rows = Math.min(most, 2 ** Math.ceil(Math.log2(grouped.length - start)));
    const chosen = indices.map((index) => examples[index]!);
    const packed = { slots: 2 ** Math.ceil(Math.log2(chosen.length)), rows, length, sharedPrompts: true, padTokenId };
    for (const tokens of packedTokens(chosen, packed)) {
      yield { indices: tokens.members.map((member) => indices[member]!), tokens };
    }
  }
}
