import type { Tensor1D } from '@tensorflow/tfjs-core';

import { smoothedDpo } from './dpo.ts';
import type { PairLogps } from './types.ts';

export type CdpoOptions = {
  /** Strength of the pull to the reference, > 0, per nat. */
  beta: number;
  /** Share of labels taken to be flipped, 0 to 0.5. */
  labelSmoothing: number;
};

/**
 * Conservative DPO: DPO against labels that are wrong with probability e, so that the margin has a finite optimum.
 *
 *   loss_i = -(1 - e) log sigmoid(beta z_i) - e log sigmoid(-beta z_i),   least at sigmoid(beta z_i) = 1 - e
 *
 * The same function as `dpo` with `labelSmoothing`, which is required here; `robust` is the unbiased variant.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; labelSmoothing from 0 to 0.5
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Mitchell 2023, "A note on DPO with noisy preferences & relationship to IPO"; golden: test/golden/losses.json
 */
export function cdpo(inputs: PairLogps, options: CdpoOptions): Tensor1D {
  return smoothedDpo('cdpo', inputs, options.beta, options.labelSmoothing);
}
