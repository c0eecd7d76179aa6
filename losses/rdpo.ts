import { cast, mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkFinite, checkPositive } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';
import { logRatioMargin } from './logRatios.ts';
import { logSigmoidOf } from './logSigmoid.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLengths, PairLogps } from './types.ts';

export type RdpoOptions = {
  /** Strength of the pull to the reference, > 0, per nat. */
  beta: number;
  /** Margin asked for per token by which the chosen response is longer; negative for the paper's penalty on length. */
  alpha: number;
};

/**
 * R-DPO: DPO with a margin proportional to the difference of lengths.
 *
 *   loss_i = -log sigmoid(beta z_i - alpha (|y_w| - |y_l|)),   z = log pi(y_w)/pi_ref(y_w) - log pi(y_l)/pi_ref(y_l)
 *
 * Mind the sign. The paper derives beta z + alpha (|y_w| - |y_l|) from a penalty alpha per token on the reward: pairs whose
 * chosen response is the longer one then pull less. To train with it, pass its alpha with the sign changed. As written here,
 * alpha > 0 makes such pairs pull more.
 *
 * @param inputs  summed log-probabilities, nats, and numbers of response tokens, shape [B] each; gradients reach the
 *   policy's only
 * @param options beta > 0; alpha finite
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Park et al. 2024, arXiv:2403.19159; golden: test/golden/losses.json
 */
export function rdpo(inputs: PairLogps & PairLengths, options: RdpoOptions): Tensor1D {
  const { beta, alpha } = options;
  checkPositive('rdpo', 'beta', beta);
  checkFinite('rdpo', 'alpha', alpha);
  return tidy(() => {
    const margin = mul(logRatioMargin('rdpo', inputs, ['chosenLengths', 'rejectedLengths']), beta);
    const longer = stopGradient(cast(sub(inputs.chosenLengths, inputs.rejectedLengths), 'float32'));
    return logisticLoss(sub(margin, mul(longer, alpha)), 0);
  });
}

/** Value of {@link rdpo} for one pair while policy and reference are equal, nats. */
export function rdpoStepZero(
  { alpha }: RdpoOptions,
  { chosenLengths, rejectedLengths }: { chosenLengths: number; rejectedLengths: number },
): number {
  return -logSigmoidOf(-alpha * (chosenLengths - rejectedLengths));
}
