import { square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logRatioMargin } from './logRatios.ts';
import type { PairLogps } from './types.ts';

export type IpoOptions = {
  /** The paper's tau, > 0, per nat: the margin is pulled to 1/(2 beta). */
  beta: number;
};

/**
 * IPO on summed log-probabilities: pull the difference of log-ratios to 1/(2 beta), no farther.
 *
 *   loss_i = (z_i - 1/(2 beta))^2,   z = log pi(y_w)/pi_ref(y_w) - log pi(y_l)/pi_ref(y_l)
 *
 * The form of the paper's equation, of the SPPO authors, verl, NeMo-Aligner and TRL's online trainers. TRL's DPO trainer
 * divides log-probabilities by length, as the paper's own runs did: that is `ipo_avg`.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], nats^2; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Azar et al. 2023, arXiv:2310.12036, Eq. (17); uclaml/SPPO@5e61c4e `sppo_loss`, "ipo"; golden:
 *   test/golden/losses.json
 */
export function ipoSum(inputs: PairLogps, options: IpoOptions): Tensor1D {
  const { beta } = options;
  checkPositive('ipo_sum', 'beta', beta);
  return tidy(() => square(sub(logRatioMargin('ipo_sum', inputs), 1 / (2 * beta))));
}

/** Value of {@link ipoSum}, and of `ipoAvg`, per pair while policy and reference are equal, nats^2. */
export function ipoStepZero({ beta }: IpoOptions): number {
  return 1 / (4 * beta ** 2);
}
