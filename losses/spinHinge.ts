import type { Tensor1D } from '@tensorflow/tfjs-core';

import { marginHinge } from './hinge.ts';
import type { SpinOptions } from './spinSigmoid.ts';
import type { PairLogps } from './types.ts';

/**
 * SPIN with the hinge loss, which the paper admits beside the logistic one (`spinSigmoid`) and the authors' code offers.
 *
 *   loss_i = max(0, 1 - beta z_i),   z = log pi(y)/pi_t(y) - log pi(y')/pi_t(y')
 *
 * `chosen` is the human response y, `rejected` the response y' of the previous iterate pi_t, and the reference is pi_t.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Chen et al. 2024, arXiv:2401.01335, Eq. (4.7); uclaml/SPIN@a12ba80 `spin_loss`, "hinge"; golden:
 *   test/golden/losses.json
 */
export function spinHinge(inputs: PairLogps, options: SpinOptions): Tensor1D {
  return marginHinge('spin_hinge', inputs, options.beta);
}
