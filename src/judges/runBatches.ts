import type { JudgeOptions } from './judge.ts';
import type { LengthBatch } from './lengthBatches.ts';

/**
 * Runs batches one after the other; in between it reports progress in rows, and stops when aborted.
 *
 * @param run gives as many numbers for each row of the batch, one row after the other
 * @returns the numbers of each row
 */
export async function runBatches(
  batches: readonly LengthBatch[],
  run: (batch: LengthBatch) => Promise<Float32Array>,
  { signal, onProgress }: JudgeOptions,
): Promise<Float32Array[]> {
  const total = batches.reduce((sum, { rows }) => sum + rows.length, 0);
  const results: Float32Array[] = Array.from({ length: total });
  let done = 0;
  for (const batch of batches) {
    signal?.throwIfAborted();
    const values = await run(batch);
    const width = values.length / batch.size;
    for (const [i, row] of batch.rows.entries()) results[row] = values.slice(i * width, (i + 1) * width);
    done += batch.rows.length;
    onProgress?.(done, total);
  }
  return results;
}
