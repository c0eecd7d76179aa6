import {
  clipByValue,
  customGrad,
  div,
  log,
  maximum,
  mul,
  neg,
  sqrt,
  sub,
  tidy,
  where,
  cast,
  expandDims,
} from '@tensorflow/tfjs-core';
import type { GradSaveFunc, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

import { checkOneOf, checkPerRow } from './checks.ts';
import { stopGradient } from './stopGradient.ts';
import { boundedRatio } from './boundedRatio.ts';
import { tokenRows } from './tokenRows.ts';

export type NftInputs = {
  /** pi/pi_old of each response token, shape [B, T], > 0; instead of both log-probabilities. */
  tokenRatios?: Tensor;
  /** log pi of each response token, shape [B, T], nats. */
  policyTokenLogps?: Tensor;
  /** The same under the policy that sampled the responses, shape [B, T]; no gradient flows into it. */
  lastTokenLogps?: Tensor;
  /** Verdict on each response, shape [B], bool or 0 and 1. */
  correct: Tensor;
  /** Share r_q of the prompt's sampled responses that are correct, shape [B]; no gradient flows into it. */
  promptAccuracy: Tensor;
  /** 1 or true at response tokens, shape [B, T]; all of them where it is missing. */
  mask?: Tensor;
};

// Weights of a prompt from its accuracy.
const OMEGA = {
  '1': () => 1,
  '1-r_q': (accuracy: Tensor1D): Tensor => sub(1, accuracy),
  '(1-r_q)/r_q': (accuracy: Tensor1D): Tensor => div(sub(1, accuracy), accuracy),
  'sqrt((1-r_q)/r_q)': (accuracy: Tensor1D): Tensor => sqrt(div(sub(1, accuracy), accuracy)),
} as const;

export type NftOptions = {
  /** Least value of the negative policy's ratio, over 0 to 1; default 1, as in the paper. */
  epsilon?: number | undefined;
  /**
   * Weight of a prompt. On policy, `1-r_q` (default) gives the advantages of Dr. GRPO, `sqrt((1-r_q)/r_q)` those of GRPO.
   */
  omega?: keyof typeof OMEGA | undefined;
};

// The authors' code keeps the accuracy in this range, so that nothing divides by 0.
const ACCURACY_RANGE = [0.02, 0.98] as const;

/**
 * NFT: supervised learning from right and wrong answers, the wrong ones through the policy that is left when the right
 * ones are taken out of the old policy.
 *
 *   right: loss_i = -w sum_t log R_t
 *   wrong: loss_i = -w sum_t log max(epsilon, u_t),   u = (1 - r R)/(1 - r),   R = pi/pi_old,   w = omega(r)
 *
 * The maximum is straight-through: it bounds the value, and the gradient is that of u divided by the bounded value, so
 * that tokens with u < epsilon are still pushed down, and by no more than 1/epsilon. With epsilon 1 the wrong answers'
 * loss is at most 0 wherever the policy stands, so its value says nothing about progress.
 *
 * r is kept from 0.02 to 0.98. In u, ratios from log-probabilities are kept from e^-20 to e^20. Losses are sums over
 * tokens; prompts whose answers are all right or all wrong teach nothing and are for the caller to drop.
 *
 * @param inputs  ratios, or both log-probabilities, per token; verdict and accuracy per response; gradients reach the
 *   ratios or the policy's log-probabilities only
 * @param options epsilon over 0 to 1; omega one of the four
 * @returns per-response loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Chen et al. 2025, arXiv:2505.18116; NVlabs/NFT; golden values (not gradients): test/golden/losses.json
 */
export function nft(inputs: NftInputs, options: NftOptions = {}): Tensor1D {
  const { epsilon = 1, omega = '1-r_q' } = options;
  checkOneOf('nft', 'omega', omega, Object.keys(OMEGA));
  if (!(typeof epsilon === 'number' && epsilon > 0 && epsilon <= 1)) {
    throw new RangeError(
      `nft: epsilon must be a number over 0 to 1, got ${String(epsilon)}. Leave it out for the paper's 1.`,
    );
  }
  return tidy(() => {
    const { size, logRatios, ratios, sumOver } = ratiosOf(inputs);
    checkPerRow('nft', inputs, ['correct', 'promptAccuracy'], size);
    const accuracy = clipByValue(stopGradient(inputs.promptAccuracy as Tensor1D), ...ACCURACY_RANGE);
    const share = expandDims(accuracy, 1);
    const negative: Tensor2D = div(sub(1, mul(ratios, share)), sub(1, share));
    const right = cast(inputs.correct, 'bool');
    const perResponse = where(right, sumOver(logRatios), sumOver(logOfBounded(negative, epsilon)));
    return mul(OMEGA[omega](accuracy), neg(perResponse));
  });
}

/** Each value of {@link nft} while the policy equals the one that sampled: log 1, whatever the verdict. */
export function nftStepZero(): number {
  return 0;
}

function ratiosOf(inputs: NftInputs): {
  size: number;
  logRatios: Tensor;
  ratios: Tensor;
  sumOver: (values: Tensor) => Tensor1D;
} {
  if (inputs.tokenRatios && (inputs.policyTokenLogps ?? inputs.lastTokenLogps)) {
    throw new RangeError(
      'nft: expected tokenRatios or both policyTokenLogps and lastTokenLogps, got tokenRatios and log-probabilities. ' +
        'Leave one of them out.',
    );
  }
  if (inputs.tokenRatios) {
    const { size, row, sumOver } = tokenRows('nft', inputs, ['tokenRatios'], 'mask');
    // Ratio 1 stands in at padding: its logarithm is 0.
    const ratios = row('tokenRatios', 1);
    return { size, logRatios: log(ratios), ratios, sumOver };
  }
  const { size, row, sumOver } = tokenRows('nft', inputs, ['policyTokenLogps', 'lastTokenLogps'], 'mask');
  const logRatios = sub(row('policyTokenLogps'), stopGradient(row('lastTokenLogps')));
  return { size, logRatios, ratios: boundedRatio(logRatios), sumOver };
}

/** log max(bound, x) with the gradient 1 / max(bound, x) on both sides of the bound. */
function logOfBounded(x: Tensor, bound: number): Tensor {
  const op = customGrad<Tensor>((input, save) => {
    const bounded = maximum(input as Tensor, bound);
    (save as GradSaveFunc)([bounded]);
    return { value: log(bounded), gradFunc: (dy: Tensor, [saved]: Tensor[]) => div(dy, saved!) };
  });
  return op(x);
}
