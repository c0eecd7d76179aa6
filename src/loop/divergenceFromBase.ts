import type { SampleRow } from '../../datasets/index.ts';
import type { SequenceScorer } from '../training/index.ts';
import type { Loop } from './loop.ts';

/**
 * KL(policy || base) in nats per answer, estimated on the policy's own answers: the mean of log policy(y|x) - log base(y|x)
 * (the k1 estimator, unbiased for answers sampled at temperature 1).
 */
export async function divergenceFromBase(
  loop: Loop,
  base: SequenceScorer,
  samples: readonly SampleRow[],
): Promise<number> {
  const sequences = samples.map((row) => ({ promptIds: row.prompt_token_ids, completionIds: row.token_ids }));
  const scores = await base.score(sequences, { signal: loop.signal });
  const ratios = samples.map((row, i) => row.token_logps.reduce((a, b) => a + b, 0) - scores[i]!);
  return ratios.reduce((a, b) => a + b, 0) / ratios.length;
}
