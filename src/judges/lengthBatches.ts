/** Rows that run together, and the length to which they are padded. */
export interface LengthBatch {
  /** Indices of the rows; there may be fewer than `size`. */
  rows: number[];
  size: number;
  length: number;
}

/** Numbers of rows that a batch may have: few, as each costs a compilation, and any number of rows is a sum of them. */
const SIZES = [1, 2, 4, 8, 16, 32, 64];
/** What a batch takes beside its tokens, in tokens. */
const BATCH_COST = 100;

/** Padded lengths are multiples of 32, of 64 from 256 on, of 128 from 1024 on. */
export function paddedLength(length: number): number {
  const step = length <= 256 ? 32 : length <= 1024 ? 64 : 128;
  return Math.max(1, Math.ceil(length / step)) * step;
}

/**
 * Groups rows by length so that as few padded tokens as possible are computed: the cheapest cut of the sorted rows.
 *
 * @param lengths tokens of each row
 * @param mostTokens of a batch, padding included; a longer row is alone
 */
export function lengthBatches(lengths: readonly number[], mostTokens: number): LengthBatch[] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  // cost[n]: of the n shortest rows; size[n]: of the batch that ends with the n-th.
  const cost = [0];
  const sizes = [0];
  for (let n = 1; n <= order.length; n++) {
    const length = paddedLength(lengths[order[n - 1]!]!);
    cost.push(Infinity);
    sizes.push(0);
    for (const size of SIZES.filter((rows) => rows === 1 || rows * length <= mostTokens)) {
      const total = cost[Math.max(0, n - size)]! + size * length + BATCH_COST;
      if (total >= cost[n]!) continue;
      cost[n] = total;
      sizes[n] = size;
    }
  }
  const batches: LengthBatch[] = [];
  for (let n = order.length; n > 0; n -= sizes[n]!) {
    const size = sizes[n]!;
    const rows = order.slice(Math.max(0, n - size), n);
    batches.push({ rows, size, length: paddedLength(lengths[order[n - 1]!]!) });
  }
  return batches.toReversed();
}
