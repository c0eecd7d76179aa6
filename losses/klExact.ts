import {
  cast,
  exp,
  expandDims,
  logSoftmax,
  maximum,
  mul,
  sub,
  sum,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

import { checkShapes } from './checks.ts';
import { stopGradient } from './stopGradient.ts';

// Instead of the logarithm of 0: 0 times -Infinity is NaN.
const LEAST_LOGP = -1e30;

export type TokenLogits = {
  /** Logits or log-probabilities of the policy over the vocabulary, shape [B, T, V]. */
  policyLogits: Tensor;
  /** The same of the reference, shape [B, T, V]; no gradient flows into it. */
  refLogits: Tensor;
  /** Shape [B, T]: 1 or true at response tokens, 0 or false elsewhere, whose logits do not matter; default all 1. */
  mask?: Tensor;
};

/**
 * The exact KL(pi || pi_ref) at each token: the sum over the vocabulary that {@link klK1}, {@link klK2} and {@link klK3}
 * estimate from the sampled token alone.
 *
 *   KL_t = sum_v p_t(v) (log p_t(v) - log p_ref,t(v))
 *
 * Tokens that the policy excludes (logit -Infinity) add nothing; those that only the reference excludes add p 1e30.
 *
 * @returns shape [B, T], nats, 0 where the mask is 0; sum over T for the KL of a response along this text
 * @throws {RangeError} when an input is missing or not of the common shape [B, T, V], or the mask is not [B, T]
 */
export function klExact(inputs: TokenLogits): Tensor2D {
  return tidy(() => maskedKl('klExact', inputs));
}

/**
 * The exact token KL as a loss: its sum over the tokens of each response.
 *
 *   loss_i = sum_t sum_v p_t(v) (log p_t(v) - log p_ref,t(v))
 *
 * @param inputs logits of both models; gradients reach the policy's only
 * @returns shape [B], nats; the caller takes the mean
 * @throws {RangeError} when an input is missing or not of the common shape [B, T, V], or the mask is not [B, T]
 */
export function kl(inputs: TokenLogits): Tensor1D {
  return tidy(() => sum(maskedKl('kl', inputs), 1));
}

/** Value of {@link kl} while policy and reference are equal. */
export function klStepZero(): number {
  return 0;
}

function maskedKl(name: string, { policyLogits, refLogits, mask }: TokenLogits): Tensor2D {
  checkShapes(name, { policyLogits, refLogits }, ['policyLogits', 'refLogits'], ['B', 'T', 'V']);
  const tokens = policyLogits.shape.slice(0, 2);
  if (mask && String(mask.shape) !== String(tokens)) {
    throw new RangeError(
      `${name}: mask must have the shape of the tokens [${tokens.join(', ')}], got mask [${mask.shape.join(', ')}]. ` +
        'Pass 1 at response tokens and 0 elsewhere.',
    );
  }
  // Masked first, so that NaN at padding reaches neither values nor gradients.
  const keep = mask && expandDims(cast(stopGradient(mask), 'bool'), 2);
  const masked = (logits: Tensor): Tensor => (keep ? where(keep, logits, zerosLike(logits)) : logits);
  const policy = logSoftmax(masked(policyLogits));
  const reference = logSoftmax(masked(stopGradient(refLogits)));
  const differences = sub(maximum(policy, LEAST_LOGP), maximum(reference, LEAST_LOGP));
  return sum(mul(exp(policy), differences), 2);
}
