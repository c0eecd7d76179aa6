import type { SampleRow } from '../../../datasets/index.ts';

/**
 * Entropy of the policy, nats per token, estimated on its own answers: the mean of -log p over all their tokens. It is the
 * entropy of what the answers were drawn from, so compare only answers that were drawn alike.
 *
 * @returns NaN without tokens
 */
export function answerEntropy(samples: readonly Pick<SampleRow, 'token_logps'>[]): number {
  let [sum, count] = [0, 0];
  for (const { token_logps } of samples) {
    for (const logp of token_logps) sum -= logp;
    count += token_logps.length;
  }
  return sum / count;
}
