import { sub } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { averageLogps } from './averageLogps.ts';
import { logRatios } from './logRatios.ts';
import type { PairLengths, PairLogps } from './types.ts';

/**
 * Difference of the log-ratios per response token, chosen minus rejected.
 *
 * @returns shape [B], nats per token; the caller's tidy frees what is made on the way
 * @throws {RangeError} when an input is missing or not of the common shape [B]
 */
export function averagedMargin(where: string, inputs: PairLogps & PairLengths): Tensor1D {
  const { chosen, rejected } = logRatios(where, inputs, ['chosenLengths', 'rejectedLengths']);
  return sub(averageLogps(chosen, inputs.chosenLengths), averageLogps(rejected, inputs.rejectedLengths));
}
