import { cumsum, expandDims, lessEqual, minimum, mul, sum, tidy, where } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPerRow } from './checks.ts';
import { smoothedDpo, type DpoOptions } from './dpo.ts';
import { tokenRows, type TokenRows } from './tokenRows.ts';

export type PairTokenLogps = {
  /** log pi of each token of the chosen responses, shape [B, T], or [T] for one pair, nats. */
  policyChosenTokenLogps: Tensor;
  /** The same of the rejected responses, shape [B, T'], or [T'] for one pair. */
  policyRejectedTokenLogps: Tensor;
  /** log pi_ref of the chosen responses' tokens, shape [B, T]; no gradient flows into it. */
  refChosenTokenLogps: Tensor;
  refRejectedTokenLogps: Tensor;
  /** 1 or true at response tokens, shapes of the log-probabilities; all of them where it is missing. */
  chosenMask?: Tensor;
  rejectedMask?: Tensor;
};

export type LdDpoOptions = DpoOptions & {
  /** Weight of the tokens of the longer response beyond the length of the shorter one, 0 to 1; 1 is DPO. */
  ldAlpha: number;
};

/**
 * LD-DPO: DPO that counts the tail of the longer response for less, so that length alone gains little.
 *
 *   log p(y) = sum_{t <= l} log p(y_t) + ldAlpha sum_{t > l} log p(y_t),   l = min(|y_w|, |y_l|),   loss_i = dpo_i
 *
 * The discount acts on policy and reference alike, as in the paper and in TRL from 0.29 on; TRL before that discounted
 * the policy only.
 *
 * @param inputs  log-probabilities per token of both responses under both models; gradients reach the policy's only
 * @param options as of DPO, and ldAlpha from 0 to 1
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Liu et al. 2024, arXiv:2409.06411; huggingface/trl@f2cd577 `ld_alpha`
 */
export function ldDpo(inputs: PairTokenLogps, options: LdDpoOptions): Tensor1D {
  const { beta, labelSmoothing = 0, ldAlpha } = options;
  if (!(typeof ldAlpha === 'number' && ldAlpha >= 0 && ldAlpha <= 1)) {
    throw new RangeError(
      `ld_dpo: ldAlpha must be a number from 0 to 1, got ${String(ldAlpha)}. Set 1 for DPO, less to discount length.`,
    );
  }
  return tidy(() => {
    const chosen = tokenRows('ld_dpo', inputs, ['policyChosenTokenLogps', 'refChosenTokenLogps'], 'chosenMask');
    const rejected = tokenRows('ld_dpo', inputs, ['policyRejectedTokenLogps', 'refRejectedTokenLogps'], 'rejectedMask');
    const [chosenLength, rejectedLength] = [sum(chosen.mask, 1), sum(rejected.mask, 1)];
    checkPerRow('ld_dpo', { policyRejectedTokenLogps: rejectedLength }, ['policyRejectedTokenLogps'], chosen.size);
    const shorter = minimum(chosenLength, rejectedLength);
    const pairs = {
      policyChosenLogps: discountedSum(chosen, 'policyChosenTokenLogps', shorter, ldAlpha),
      policyRejectedLogps: discountedSum(rejected, 'policyRejectedTokenLogps', shorter, ldAlpha),
      refChosenLogps: discountedSum(chosen, 'refChosenTokenLogps', shorter, ldAlpha),
      refRejectedLogps: discountedSum(rejected, 'refRejectedTokenLogps', shorter, ldAlpha),
    };
    return smoothedDpo('ld_dpo', pairs, beta, labelSmoothing);
  });
}

/** Sum of a row's tokens, those after the first `kept` of its response weighted by `weight`. */
function discountedSum<K extends string>(tokens: TokenRows<K>, name: K, kept: Tensor, weight: number): Tensor1D {
  // Counted along the response, wherever in the row it begins: the first response token is 1.
  const position = cumsum(tokens.mask, 1);
  const whole = lessEqual(position, expandDims(kept, 1));
  const row = tokens.row(name);
  return tokens.sumOver(where(whole, row, mul(row, weight)));
}
