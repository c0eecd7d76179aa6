import { cast, expm1, mul, neg, square, sub, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

import { checkShapes } from './checks.ts';
import { stopGradient } from './stopGradient.ts';

export type TokenLogps = {
  /** log pi(token) of the model that sampled the tokens, shape [B, T], nats. */
  policyTokenLogps: Tensor;
  /** log pi_ref(token) of the same tokens, shape [B, T], nats; no gradient flows into it. */
  refTokenLogps: Tensor;
  /** Shape [B, T]: 1 or true at response tokens, 0 or false elsewhere, whose values do not matter; default all 1. */
  mask?: Tensor;
};

/**
 * The plain estimator of KL(pi || pi_ref) per token: log pi - log pi_ref. Unbiased, of high variance, may be negative.
 *
 * @returns shape [B, T], nats, 0 where the mask is 0; sum over T for the KL of a response
 * @throws {RangeError} when an input is missing or not of the common shape [B, T]
 * @see Schulman 2020, "Approximating KL divergence", k1
 */
export function klK1(inputs: TokenLogps): Tensor2D {
  return tidy(() => neg(maskedLogRatio('klK1', inputs)));
}

/**
 * Half the squared log-ratio per token. Biased, of low variance, never negative; its gradient is that of the KL itself.
 *
 * @returns shape [B, T], nats^2, 0 where the mask is 0
 * @throws {RangeError} when an input is missing or not of the common shape [B, T]
 * @see Schulman 2020, "Approximating KL divergence", k2
 */
export function klK2(inputs: TokenLogps): Tensor2D {
  return tidy(() => mul(square(maskedLogRatio('klK2', inputs)), 0.5));
}

/**
 * r - 1 - log r per token, with r = pi_ref / pi. Unbiased, of low variance, never negative; infinite in fp32 where the
 * reference is more than 88 nats above the policy.
 *
 * @returns shape [B, T], nats, 0 where the mask is 0
 * @throws {RangeError} when an input is missing or not of the common shape [B, T]
 * @see Schulman 2020, "Approximating KL divergence", k3
 */
export function klK3(inputs: TokenLogps): Tensor2D {
  return tidy(() => {
    const logRatio = maskedLogRatio('klK3', inputs);
    return sub(expm1(logRatio), logRatio);
  });
}

/** log pi_ref - log pi, 0 where masked: taken first, so that NaN at padding reaches neither values nor gradients. */
function maskedLogRatio(name: string, { mask, ...logps }: TokenLogps): Tensor2D {
  const given: Record<string, Tensor> = mask ? { ...logps, mask } : logps;
  const names = ['policyTokenLogps', 'refTokenLogps', ...(mask ? ['mask'] : [])];
  checkShapes(name, given, names, ['B', 'T']);
  const logRatio: Tensor2D = sub(stopGradient(logps.refTokenLogps), logps.policyTokenLogps);
  return mask ? where(cast(mask, 'bool'), logRatio, zerosLike(logRatio)) : logRatio;
}
