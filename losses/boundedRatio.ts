import { clipByValue, exp } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

// As verl bounds it: e^20 is far beyond every clip range, and e^89 is infinite in fp32.
const LARGEST_LOG_RATIO = 20;

/** pi / pi_old from its logarithm, kept from e^-20 to e^20, where it is constant. The shape of the input. */
export function boundedRatio<T extends Tensor>(logRatio: T): T {
  return exp(clipByValue(logRatio, -LARGEST_LOG_RATIO, LARGEST_LOG_RATIO));
}
