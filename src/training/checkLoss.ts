import type * as tf from '@tensorflow/tfjs-core';

import { unavailableInputs } from './lossInputs.ts';
import type { NamedLoss } from './resolveLoss.ts';

/** @throws {RangeError} when a loss reads what a trainer never holds */
export function checkAvailable(loss: NamedLoss): void {
  const unavailable = unavailableInputs(loss);
  if (unavailable.length === 0) return;
  throw new RangeError(
    `${loss.id}: reads ${unavailable.join(' and ')}, and a trainer never holds the logits of the whole vocabulary. Add the ` +
      'divergence to another loss with withKl and the estimator k1, k2 or k3.',
  );
}

/** @throws {RangeError} when a loss does not return one value per example, or one per completion */
export function checkValues(loss: NamedLoss, values: tf.Tensor, examples: number): tf.Tensor1D {
  const shape = (values as tf.Tensor | undefined)?.shape;
  if (shape?.length === 1 && (shape[0] === examples || shape[0] === 2 * examples)) return values as tf.Tensor1D;
  throw new RangeError(
    `${loss.id}: a loss must return one value per example, shape [${examples}], got ` +
      `${shape ? `[${shape.join(', ')}]` : String(values)}. Leave the mean to the trainer.`,
  );
}
