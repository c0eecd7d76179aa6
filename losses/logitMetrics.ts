import { cast, div, maximum, mean, sum, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** Scalars that the caller disposes. */
export type LogitMetrics = {
  /** Mean logit, over the vocabulary and over the tokens of the chosen responses. */
  'logits/chosen': Scalar;
  'logits/rejected': Scalar;
};

export type PairLogits = {
  /** Shape [B, T, V]. */
  chosenLogits: Tensor;
  /** Shape [B, T', V]. */
  rejectedLogits: Tensor;
  /** Shape [B, T]: 1 or true at response tokens. */
  chosenMask: Tensor;
  /** Shape [B, T']. */
  rejectedMask: Tensor;
};

/**
 * Mean logits of both responses under TRL's names. Every token weighs alike. Logits may be shifted without changing a
 * model's probabilities: the metric shows drift, not quality.
 *
 * @throws {RangeError} when a mask does not have the shape of its logits without the vocabulary
 * @see huggingface/trl `DPOTrainer`, `logits/chosen`
 */
export function logitMetrics(inputs: PairLogits): LogitMetrics {
  return tidy(() => ({
    'logits/chosen': meanLogit('chosen', inputs.chosenLogits, inputs.chosenMask),
    'logits/rejected': meanLogit('rejected', inputs.rejectedLogits, inputs.rejectedMask),
  }));
}

function meanLogit(side: string, logits: Tensor, mask: Tensor): Scalar {
  const wanted = logits.shape.slice(0, 2).join(', ');
  if (logits.shape.length !== 3 || mask.shape.join(', ') !== wanted) {
    throw new RangeError(
      `logitMetrics: expected ${side}Logits of shape [B, T, V] and ${side}Mask of shape [B, T], got ` +
        `[${logits.shape.join(', ')}] and [${mask.shape.join(', ')}]. Pass the mask of the same tokens.`,
    );
  }
  const perToken = mean(logits, -1);
  const counted = where(cast(mask, 'bool'), perToken, zerosLike(perToken));
  const tokens = maximum(sum(cast(mask, 'float32')), 1);
  return div(sum(counted), tokens);
}
