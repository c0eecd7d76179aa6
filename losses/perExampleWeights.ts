import { mul, tidy } from '@tensorflow/tfjs-core';

import { checkPerRow } from './checks.ts';
import { stopGradient } from './stopGradient.ts';
import type { LossEntry } from './types.ts';

/**
 * A loss whose every value is multiplied by the input `weights`: weights_i loss_i. The weights are constants, and are not
 * normalized: the mean over the batch stays a mean over examples.
 *
 * For WPO on any loss of pairs, pass the product of both responses' `wpoWeights`. In a loss that couples its batch only
 * the value is weighted, not the example's part in the others.
 *
 * @param loss an entry of the registry, or what another combinator made
 * @returns an entry that reads `weights` too, one number for each value of the loss: [B], or [2B] for kto
 */
export function perExampleWeights(loss: LossEntry): LossEntry {
  const { stepZero } = loss;
  return {
    fn: (inputs, options) =>
      tidy(() => {
        const values = loss.fn(inputs, options);
        checkPerRow('perExampleWeights', inputs, ['weights'], values.size);
        return mul(values, stopGradient(inputs['weights']!));
      }),
    ...(stepZero && { stepZero: (options, labels) => labels['weights']! * stepZero(options, labels) }),
    inputs: [...loss.inputs, 'weights'],
    needs: [...loss.needs, 'weights'],
    level: loss.level,
    coupled: loss.coupled,
  };
}
