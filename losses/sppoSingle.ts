import { add, mul, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logRatios } from './logRatios.ts';
import type { SppoOptions } from './sppo.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type SppoSingleInputs = PairLogps & {
  /** P(y_w beats y_l | x), shape [B], in [0, 1]; no gradient flows into it. */
  chosenProbs: Tensor;
};

/**
 * SPPO from the one probability that the chosen response beats the rejected one.
 *
 *   loss_i = 1/2 [ (lr_w - (p - 1/2)/beta)^2 + (lr_l + (p - 1/2)/beta)^2 ],   lr = log pi(y)/pi_t(y)
 *
 * This is the form of the authors' code; the paper has the two squares without the 1/2.
 *
 * @param inputs  summed log-probabilities and probability, shape [B] each; gradients reach the policy's only
 * @param options beta > 0, 1/eta of the paper
 * @returns per-pair loss, shape [B], nats^2; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Wu et al. 2024, arXiv:2405.00675, Eq. (4.12); uclaml/SPPO@5e61c4e `sppo_loss`; golden: test/golden/losses.json
 */
export function sppoSingle(inputs: SppoSingleInputs, options: SppoOptions): Tensor1D {
  const { beta } = options;
  checkPositive('sppo_single', 'beta', beta);
  return tidy(() => {
    const { chosen, rejected } = logRatios('sppo_single', inputs, ['chosenProbs']);
    const target = mul(sub(stopGradient(inputs.chosenProbs), 0.5), 1 / beta);
    return mul(add(square(sub(chosen, target)), square(add(rejected, target))), 0.5);
  });
}

/** Value of {@link sppoSingle} for one pair while policy and reference are equal, nats^2. */
export function sppoSingleStepZero({ beta }: SppoOptions, { chosenProbs }: { chosenProbs: number }): number {
  return ((chosenProbs - 0.5) / beta) ** 2;
}
