import { pairBatches, readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { LogpRow, PairRow, TokenizedPair } from '../../datasets/index.ts';
import type { Policy } from '../models/index.ts';
import { createPairScorer } from '../training/index.ts';
import type { Loop } from './loop.ts';

/** Log-probabilities of the pairs under the policy that starts the round, by the pair's position. */
export interface References {
  chosen: Float64Array;
  rejected: Float64Array;
}

/** Computes the reference log-probabilities of a round once; later starts read them back. */
export async function referenceStage(
  loop: Loop,
  round: number,
  options: {
    policy: Policy;
    policyHash: string;
    pairs: readonly PairRow[];
    tokenized: readonly TokenizedPair[];
    batching: { batchSize: number; maxLength: number; padTokenId: number };
  },
): Promise<References> {
  const path = loop.run.stagePath(round, 'logps.arrow');
  const rows = loop.run.has(path) ? await readArrowFile(path, 'logps') : await score(loop, round, path, options);
  const side = (name: LogpRow['side']): Float64Array =>
    Float64Array.from(
      rows.filter((row) => row.side === name),
      (row) => row.sum,
    );
  return { chosen: side('chosen'), rejected: side('rejected') };
}

async function score(
  loop: Loop,
  round: number,
  path: string,
  options: Parameters<typeof referenceStage>[2],
): Promise<LogpRow[]> {
  const { pairs, tokenized, batching, policyHash } = options;
  const scorer = createPairScorer(options.policy);
  const rows: LogpRow[] = [];
  try {
    for (const batch of pairBatches(tokenized, { ...batching, order: 'given' })) {
      loop.signal.throwIfAborted();
      const sums = await scorer.score(batch);
      for (let i = 0; i < batch.batchSize && batch.rowWeights[i]! > 0; i++) {
        const at = batch.pairIndices[i]!;
        const { id, chosenIds, rejectedIds } = tokenized[at]!;
        const common = { pair_id: id, model_hash: policyHash };
        rows.push({ ...common, side: 'chosen', sum: sums[i]!, count: chosenIds.length });
        rows.push({ ...common, side: 'rejected', sum: sums[batch.batchSize + i]!, count: rejectedIds.length });
      }
      loop.progress(`round ${round}: reference log-probabilities ${rows.length / 2}/${pairs.length}`);
    }
  } finally {
    scorer.dispose();
  }
  await writeArrowFile(path, 'logps', rows);
  return rows;
}
