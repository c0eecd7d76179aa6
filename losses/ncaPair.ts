import { add, mul, neg, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logRatios } from './logRatios.ts';
import { logSigmoid } from './logSigmoid.ts';
import type { PairLogps } from './types.ts';

export type NcaPairOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.01 in the paper. */
  beta: number;
};

/**
 * NCA on pairs: tell each response from the reference's own by its absolute log-ratio, not by the pair's difference.
 *
 *   loss_i = -log sigmoid(r_w) - 1/2 log sigmoid(-r_w) - 1/2 log sigmoid(-r_l),   r = beta log pi(y)/pi_ref(y)
 *
 * The chosen response is pulled to r_w = ln 2 and not beyond, so that its probability cannot fall with the rejected one.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Chen et al. 2024, arXiv:2402.05369; huggingface/trl@v0.23.0 `dpo_loss`, "nca_pair"; golden: test/golden/losses.json
 */
export function ncaPair(inputs: PairLogps, options: NcaPairOptions): Tensor1D {
  const { beta } = options;
  checkPositive('nca_pair', 'beta', beta);
  return tidy(() => {
    const { chosen, rejected } = logRatios('nca_pair', inputs);
    const [win, lose] = [mul(chosen, beta), mul(rejected, beta)];
    const noise = mul(add(logSigmoid(neg(win)), logSigmoid(neg(lose))), 0.5);
    return neg(add(logSigmoid(win), noise)) as Tensor1D;
  });
}

/** Value of {@link ncaPair} per pair while policy and reference are equal, nats. */
export function ncaPairStepZero(): number {
  return 2 * Math.LN2;
}
