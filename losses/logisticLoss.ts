import { add, mul, neg } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { logSigmoid } from './logSigmoid.ts';

/**
 * -(1 - e) log sigmoid(m) - e log sigmoid(-m), the logistic loss of a margin whose label is wrong with probability e.
 *
 * Computed as e m - log sigmoid(m), which is the same because log sigmoid(-m) = log sigmoid(m) - m.
 *
 * @param margin         shape [B]
 * @param labelSmoothing e, one for all or one per pair; below 0 it is the unbiased loss of noisy labels
 * @returns shape [B]
 */
export function logisticLoss(margin: Tensor1D, labelSmoothing: number | Tensor1D): Tensor1D {
  const loss = neg(logSigmoid(margin));
  return labelSmoothing === 0 ? loss : add(mul(margin, labelSmoothing), loss);
}
