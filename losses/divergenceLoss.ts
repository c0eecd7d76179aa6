import { mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkLabelSmoothing, checkPositive } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';
import { logRatios } from './logRatios.ts';
import type { PairLogps } from './types.ts';

export type DivergenceOptions = {
  /** Strength of the pull to the reference, > 0; 0.1 in the paper. */
  beta: number;
  /** Share of labels taken to be flipped, 0 (default) to 0.5. */
  labelSmoothing?: number | undefined;
};

/**
 * f-DPO: DPO whose reverse KL is another f-divergence, so that beta f'(u) with u = pi/pi_ref takes the place of the
 * log-ratio.
 *
 * @param score f' as a function of log u, up to a constant, which the difference of both scores drops
 * @returns per-pair loss, shape [B], nats
 * @throws {RangeError} under the name of the loss
 */
export function divergenceLoss(
  where: string,
  inputs: PairLogps,
  options: DivergenceOptions,
  score: (logRatio: Tensor1D) => Tensor1D,
): Tensor1D {
  const { beta, labelSmoothing = 0 } = options;
  checkPositive(where, 'beta', beta);
  checkLabelSmoothing(where, labelSmoothing);
  return tidy(() => {
    const { chosen, rejected } = logRatios(where, inputs);
    return logisticLoss(mul(sub(score(chosen), score(rejected)), beta), labelSmoothing);
  });
}
