import { cast, div, maximum, mean, sum, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';

import { klK1, klK3, type TokenLogps } from './klEstimators.ts';

/** Divergence of the policy from a reference on its own responses, each a scalar tensor that the caller disposes. */
export type KlMetrics = {
  /** Mean over responses of the summed k1, nats: unbiased, may be negative. */
  'kl/k1': Scalar;
  /** Mean over responses of the summed k3, nats: unbiased, never negative. */
  'kl/k3': Scalar;
  /** Mean over all tokens of the batch of k1, nats a token. */
  'kl/k1_per_token': Scalar;
  /** Mean over all tokens of the batch of k3, nats a token: what TRL's GRPO logs as `kl`. */
  'kl/k3_per_token': Scalar;
};

/**
 * The divergence KL(pi || pi_ref) from token log-probabilities of responses that pi sampled.
 *
 * The means a token weigh every token alike, so that batches are joined by weighing them with their numbers of tokens.
 *
 * @param inputs log-probabilities and mask, shape [B, T] each, nats
 * @throws {RangeError} when an input is missing or not of the common shape [B, T]
 * @see Schulman 2020, "Approximating KL divergence"
 */
export function klMetrics(inputs: TokenLogps): KlMetrics {
  return tidy(() => {
    const [k1, k3] = [klK1(inputs), klK3(inputs)];
    const tokens = inputs.mask ? sum(cast(inputs.mask, 'float32')) : k1.size;
    const perToken = (values: Tensor2D): Scalar => div(sum(values), maximum(tokens, 1));
    return {
      'kl/k1': mean(sum(k1, -1)),
      'kl/k3': mean(sum(k3, -1)),
      'kl/k1_per_token': perToken(k1),
      'kl/k3_per_token': perToken(k3),
    };
  });
}
