import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { LogpRow, TokenizedPair } from '../../datasets/index.ts';
import type { SequenceScorer } from '../training/index.ts';
import type { Loop } from './loop.ts';

/** Log-probabilities of the pairs under the policy that starts the round, in nats, by the pair's position. */
export interface References {
  chosen: Float64Array;
  rejected: Float64Array;
}

export interface ReferenceStageOptions {
  /** Scores under the policy that starts the round. */
  scorer: SequenceScorer;
  policyHash: string;
  tokenized: readonly TokenizedPair[];
}

/** Computes the reference log-probabilities of a round once; later starts read them back. */
export async function referenceStage(loop: Loop, round: number, options: ReferenceStageOptions): Promise<References> {
  const path = loop.run.stagePath(round, 'logps.arrow');
  const rows = loop.run.has(path) ? await readArrowFile(path, 'logps') : await score(loop, round, path, options);
  const side = (name: LogpRow['side']): Float64Array =>
    Float64Array.from(
      rows.filter((row) => row.side === name),
      (row) => row.sum,
    );
  return { chosen: side('chosen'), rejected: side('rejected') };
}

async function score(loop: Loop, round: number, path: string, options: ReferenceStageOptions): Promise<LogpRow[]> {
  const { tokenized, policyHash, scorer } = options;
  const sequences = tokenized.flatMap(({ promptIds, chosenIds, rejectedIds }) => [
    { promptIds, completionIds: chosenIds },
    { promptIds, completionIds: rejectedIds },
  ]);
  const sums = await scorer.score(sequences, {
    signal: loop.signal,
    onProgress: (done, total) => loop.progress(`round ${round}: reference log-probabilities ${done}/${total}`),
  });
  const rows = sequences.map(({ completionIds }, i): LogpRow => ({
    pair_id: tokenized[Math.floor(i / 2)]!.id,
    side: i % 2 === 0 ? 'chosen' : 'rejected',
    model_hash: policyHash,
    sum: sums[i]!,
    count: completionIds.length,
  }));
  await writeArrowFile(path, 'logps', rows);
  return rows;
}
