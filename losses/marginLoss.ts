import { mul, relu, square, sub } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { checkLabelSmoothing, checkOneOf, checkPositive } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';

/** How a margin becomes a loss. */
export type MarginLossType = 'sigmoid' | 'hinge' | 'ipo';

export type MarginOptions<T extends MarginLossType> = {
  /** Scale of the margin, > 0. */
  beta: number;
  /** Share of labels taken to be flipped, 0 (default) to 0.5; acts in `sigmoid`, and must be 0 in the others. */
  labelSmoothing?: number | undefined;
  /** Shape of the loss; default `sigmoid`. */
  lossType?: T | undefined;
};

/**
 * Checks the options of a loss of a margin m and returns that loss:
 *
 *   sigmoid: -(1 - e) log sigmoid(beta m) - e log sigmoid(-beta m)
 *   hinge:   max(0, 1 - beta m)
 *   ipo:     (m - 1/(2 beta))^2
 *
 * @throws {RangeError} when an option is out of range, or smoothing is asked of a loss that has none
 */
export function marginLoss<T extends MarginLossType>(
  where: string,
  options: MarginOptions<T>,
  choices: readonly T[],
): (margin: Tensor1D) => Tensor1D {
  const { beta, labelSmoothing = 0, lossType = 'sigmoid' } = options;
  checkPositive(where, 'beta', beta);
  checkLabelSmoothing(where, labelSmoothing);
  checkOneOf(where, 'lossType', lossType, choices);
  if (lossType !== 'sigmoid' && labelSmoothing !== 0) {
    throw new RangeError(
      `${where}: labelSmoothing must be 0 with lossType ${lossType}, got ${labelSmoothing}. Use lossType sigmoid to smooth.`,
    );
  }
  if (lossType === 'hinge') return (margin) => relu(sub(1, mul(margin, beta)));
  if (lossType === 'ipo') return (margin) => square(sub(margin, 1 / (2 * beta)));
  return (margin) => logisticLoss(mul(margin, beta), labelSmoothing);
}
