import { mul, square, sub } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

/**
 * (h - 1/(2 eta))^2 with h = gap(pi) - share gap(pi_ref) - (1 - share) gap(pi_t), gap(p) = log p(y_w) - log p(y_l).
 *
 * Computed as h = margin - (1 - share) drift from differences of like log-probabilities, which are small, so that h is
 * exactly the margin where share is 1 or the previous iterate is the reference.
 *
 * @param margin gap(pi) - gap(pi_ref), shape [B], nats
 * @param drift  gap(pi_t) - gap(pi_ref), shape [B], nats, without gradient
 * @returns shape [B], nats^2; the caller's tidy frees what is made on the way
 */
export function mirrorDescentLoss(
  margin: Tensor1D,
  drift: Tensor,
  { eta, share }: { eta: number; share: number },
): Tensor1D {
  return square(sub(sub(margin, mul(drift, 1 - share)), 1 / (2 * eta)));
}
