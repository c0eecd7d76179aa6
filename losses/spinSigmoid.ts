import type { Tensor1D } from '@tensorflow/tfjs-core';

import { smoothedDpo } from './dpo.ts';
import type { PairLogps } from './types.ts';

export type SpinOptions = {
  /** The paper's lambda, > 0, per nat; 0.1 in the authors' runs, 5 in their last round. */
  beta: number;
};

/**
 * SPIN: tell the human response from the one that the previous iterate wrote, with the logistic loss.
 *
 *   loss_i = log(1 + exp(-beta z_i)),   z = log pi(y)/pi_t(y) - log pi(y')/pi_t(y')
 *
 * DPO to the last bit. What differs is where the data come from: `chosen` is the human response y of the fine-tuning set,
 * `rejected` the response y' of the previous iterate pi_t, and the reference is pi_t. The paper and the authors' code agree.
 * verl's recipe of this name is online DPO, another algorithm.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Chen et al. 2024, arXiv:2401.01335, Eq. (4.7); uclaml/SPIN@a12ba80 `spin_loss`, "sigmoid"; golden:
 *   test/golden/losses.json
 */
export function spinSigmoid(inputs: PairLogps, options: SpinOptions): Tensor1D {
  return smoothedDpo('spin_sigmoid', inputs, options.beta, 0);
}
