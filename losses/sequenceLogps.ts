import {
  cast,
  div,
  exp,
  logSoftmax,
  logSumExp,
  maximum,
  mul,
  oneHot,
  onesLike,
  sum,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

import { checkShapes } from './checks.ts';
import { stopGradient } from './stopGradient.ts';

export type SequenceLogpsInputs = {
  /** Logits over the vocabulary, shape [B, T, V], or [T, V] for one sequence; row t already predicts labels[t]. */
  logits: Tensor;
  /** Token ids, shape of the logits without V. */
  labels: Tensor;
  /** 1 or true at response tokens, shape of the labels; all of them where it is missing. */
  mask?: Tensor;
};

export type SequenceLogps = {
  /** log p of each label, masked or not, shape of the labels, nats. */
  tokenLogps: Tensor;
  /** Sum over the vocabulary of p^2 at each token, masked or not, shape of the labels. */
  sumPSquared: Tensor;
  /** Sum of the log-probabilities of response tokens, shape [B] or scalar, nats. */
  sum: Tensor;
  /** Mean of the same, nats per token; 0 for a sequence without response tokens. */
  average: Tensor;
};

/**
 * Log-probabilities of labels from whole logits, and what losses make of them.
 *
 *   log p_t = logits_t[y_t] - logsumexp(logits_t),   sum = sum_t m_t log p_t,   average = sum / sum_t m_t
 *
 * It holds several tensors of the logits' size. Training in nashtune goes through chunks of the vocabulary product
 * instead; this is for trainers that have logits, and for checking.
 *
 * @returns tensors for the caller to dispose; gradients reach the logits only
 * @throws {RangeError} when an input is missing, or labels or mask have not the shape of the logits without V
 * @see golden: test/golden/losses.json
 */
export function sequenceLogps({ logits, labels, mask }: SequenceLogpsInputs): SequenceLogps {
  const single = logits?.shape?.length === 2;
  checkShapes('sequenceLogps', { logits }, ['logits'], single ? ['T', 'V'] : ['B', 'T', 'V']);
  const size = logits.shape.at(-1)!;
  return tidy(() => {
    const weights = mask ?? onesLike(labels);
    checkShapes(
      'sequenceLogps',
      { 'logits without V': sum(logits, -1), labels, mask: weights },
      ['logits without V', 'labels', 'mask'],
      single ? ['T'] : ['B', 'T'],
    );
    const logps = logSoftmax(logits);
    const isLabel = cast(oneHot(cast(labels, 'int32'), size), 'bool');
    const tokenLogps = sum(where(isLabel, logps, zerosLike(logps)), -1);
    const kept = cast(stopGradient(weights), 'bool');
    const total = sum(where(kept, tokenLogps, zerosLike(tokenLogps)), -1);
    const count = maximum(sum(cast(kept, 'float32'), -1), 1);
    return {
      tokenLogps,
      sumPSquared: exp(logSumExp(mul(logps, 2), -1)),
      sum: total,
      average: div(total, count),
    };
  });
}
