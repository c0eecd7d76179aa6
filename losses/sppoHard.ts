import { add, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logRatios } from './logRatios.ts';
import type { SppoOptions } from './sppo.ts';
import type { PairLogps } from './types.ts';

/**
 * SPPO with hard labels, P = 1 for the chosen and 0 for the rejected response: TRL's `sppo_hard`.
 *
 *   loss_i = (lr_w - 1/(2 beta))^2 + (lr_l + 1/(2 beta))^2,   lr = log pi(y)/pi_t(y)
 *
 * The sum is not halved: at P = 1 the authors' code (`sppo_single`) gives half of this.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0, 1/eta of the paper
 * @returns per-pair loss, shape [B], nats^2; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Wu et al. 2024, arXiv:2405.00675, Eq. (4.12) with P = 1; huggingface/trl@v0.23.0 `dpo_loss`; golden:
 *   test/golden/losses.json
 */
export function sppoHard(inputs: PairLogps, options: SppoOptions): Tensor1D {
  checkPositive('sppo_hard', 'beta', options.beta);
  const target = 1 / (2 * options.beta);
  return tidy(() => {
    const { chosen, rejected } = logRatios('sppo_hard', inputs);
    return add(square(sub(chosen, target)), square(add(rejected, target)));
  });
}

/** Value of {@link sppoHard} per pair while policy and reference are equal, nats^2. */
export function sppoHardStepZero({ beta }: SppoOptions): number {
  return 1 / (2 * beta ** 2);
}
