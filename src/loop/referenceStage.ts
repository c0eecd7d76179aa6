import type { TokenizedPair } from '../../datasets/index.ts';
import { referenceLogps, type ReferenceLogps, type SequenceScorer } from '../training/index.ts';
import type { Loop } from './loop.ts';

export interface ReferenceStageOptions {
  /** Scores under the policy that starts the round. */
  scorer: SequenceScorer;
  policyHash: string;
  tokenized: readonly TokenizedPair[];
}

/** Computes the reference log-probabilities of a round once; later starts read them back. */
export function referenceStage(loop: Loop, round: number, options: ReferenceStageOptions): Promise<ReferenceLogps> {
  return referenceLogps({
    pairs: options.tokenized,
    scorer: options.scorer,
    modelHash: options.policyHash,
    path: loop.run.stagePath(round, 'logps.arrow'),
    signal: loop.signal,
    onProgress: (done, total) => loop.progress(`round ${round}: reference log-probabilities ${done}/${total}`),
  });
}
