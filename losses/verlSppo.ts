import { logSumExp, mul, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive, checkShapes } from './checks.ts';
import { stopGradient } from './stopGradient.ts';

export type VerlSppoInputs = {
  /** log pi of each response, summed over its tokens, shape [B], nats. */
  policyLogps: Tensor;
  /** The same under the policy that sampled the responses, shape [B], nats; no gradient flows into it. */
  refLogps: Tensor;
  /** Reward of each response, shape [B]; no gradient flows into it. */
  seqRewards: Tensor;
};

/**
 * verl's "SPPO": the log-ratio of single responses regresses on their reward above the batch's soft mean. No pairs and no
 * preferences; it shares with {@link sppo} the name and the square.
 *
 *   loss_i = (log pi(y_i)/pi_old(y_i) - eta (R_i - S))^2,   S = (1/eta) log mean_j exp(eta R_j)
 *
 * S is taken over the whole batch, so that every value depends on the others.
 *
 * @param inputs  summed log-probabilities and rewards, shape [B] each, B responses; gradients reach the policy's only
 * @param options eta > 0, 1 in verl
 * @returns per-response loss, shape [B], nats^2; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or eta is not positive and finite
 * @see verl-project/verl-recipe@48ea0a7 `compute_sppo_loss`; golden: test/golden/losses.json
 */
export function verlSppo(inputs: VerlSppoInputs, options: { eta: number }): Tensor1D {
  const { eta } = options;
  checkPositive('verl_sppo', 'eta', eta);
  checkShapes('verl_sppo', inputs, ['policyLogps', 'refLogps', 'seqRewards']);
  return tidy(() => {
    const scaled = mul(stopGradient(inputs.seqRewards), eta);
    const softMean = sub(logSumExp(scaled), Math.log(inputs.seqRewards.size));
    const logRatio = sub(inputs.policyLogps, stopGradient(inputs.refLogps));
    return square(sub(logRatio, sub(scaled, softMean)));
  });
}
