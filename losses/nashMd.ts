import { add, mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPerRow, checkPositive } from './checks.ts';
import { stopGradient } from './stopGradient.ts';
import { tokenRows, type TokenRows } from './tokenRows.ts';

export type NashMdInputs = {
  /** log pi of each token of responses sampled from the policy, shape [B, T], nats. */
  policyTokenLogps: Tensor;
  /** log pi_ref of the same tokens, shape [B, T], nats; no gradient flows into it. */
  refTokenLogps: Tensor;
  /** P(y beats y'), y' a response of the mixture of policy and reference, shape [B]; no gradient flows into it. */
  winProbability: Tensor;
  /** 1 or true at response tokens, shape [B, T]; all of them where it is missing. */
  mask?: Tensor;
};

export type NashMdOptions = {
  /** Weight of the KL divergence from the reference, tau of the paper, > 0. */
  beta: number;
};

const TOKENS = ['policyTokenLogps', 'refTokenLogps'] as const;

/**
 * Nash-MD as TRL trains it: the KL term of each token pays for that token only.
 *
 *   loss_i = beta sum_t [log pi/pi_ref(y_t)] log pi(y_t) - (P(y beats y') - 1/2) sum_t log pi(y_t),   [] detached
 *
 * A surrogate whose gradient is a policy gradient: its value says nothing about progress.
 *
 * @param inputs  log-probabilities per token and one win probability per response; gradients reach the policy's only
 * @param options beta > 0
 * @returns per-response loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see huggingface/trl@f2cd577 `NashMDTrainer._compute_losses`; golden: test/golden/losses.json
 */
export function nashMdTrl(inputs: NashMdInputs, options: NashMdOptions): Tensor1D {
  return surrogate('nash_md_trl', inputs, options, (tokens, logps, logRatios) => tokens.sumOver(mul(logRatios, logps)));
}

/**
 * Nash-MD as in the paper: the KL term is that of the whole response, and every token pays for all of it.
 *
 *   loss_i = (beta [log pi/pi_ref(y)] - (P(y beats y') - 1/2)) log pi(y),   [] detached
 *
 * @param inputs  as {@link nashMdTrl}
 * @param options beta > 0, tau of the paper
 * @returns per-response loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see Munos et al. 2023, arXiv:2312.00886, the policy gradient of Nash-MD; golden: test/golden/losses.json
 */
export function nashMdPaper(inputs: NashMdInputs, options: NashMdOptions): Tensor1D {
  return surrogate('nash_md_paper', inputs, options, (tokens, logps, logRatios) =>
    mul(tokens.sumOver(logRatios), tokens.sumOver(logps)),
  );
}

function surrogate(
  where: string,
  inputs: NashMdInputs,
  { beta }: NashMdOptions,
  klTerm: (tokens: TokenRows<(typeof TOKENS)[number]>, logps: Tensor, logRatios: Tensor) => Tensor1D,
): Tensor1D {
  checkPositive(where, 'beta', beta);
  return tidy(() => {
    const tokens = tokenRows(where, inputs, TOKENS, 'mask');
    checkPerRow(where, inputs, ['winProbability'], tokens.size);
    const logps = tokens.row('policyTokenLogps');
    const logRatios = stopGradient(sub(logps, tokens.row('refTokenLogps')));
    const advantage = sub(stopGradient(inputs.winProbability), 0.5);
    return add(mul(klTerm(tokens, logps, logRatios), beta), mul(mul(advantage, -1), tokens.sumOver(logps)));
  });
}
