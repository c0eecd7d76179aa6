import { add, exp, log, minimum, mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { smoothedDpo } from './dpo.ts';
import { stopGradient } from './stopGradient.ts';
import { tokenRows, type TokenRows } from './tokenRows.ts';

export type WpoInputs = {
  /** log pi of each token of the chosen responses, shape [B, T], or [T] for one pair, nats. */
  policyChosenTokenLogps: Tensor;
  /** The same of the rejected responses, shape [B, T'], or [T'] for one pair. */
  policyRejectedTokenLogps: Tensor;
  /** Sum over the vocabulary of p^2 where each token was chosen, under the policy; no gradient flows into it. */
  chosenSumPSquared: Tensor;
  rejectedSumPSquared: Tensor;
  /** log pi_ref of the chosen responses, summed over their tokens, shape [B], nats; no gradient flows into it. */
  refChosenLogps: Tensor;
  refRejectedLogps: Tensor;
  /** 1 or true at response tokens, shapes of the log-probabilities; all of them where it is missing. */
  chosenMask?: Tensor;
  rejectedMask?: Tensor;
};

export type WpoOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.01 in the paper. */
  beta: number;
  /** Largest weight of a pair, > 0: 1 in the authors' code and TRL up to 0.28; none by default, as in TRL from 0.29 on. */
  clamp?: number | null | undefined;
  /** Share of labels taken to be flipped, 0 (default) to 0.5. */
  labelSmoothing?: number | undefined;
};

export type WpoWeightInputs = {
  /** log pi of each response token, shape [B, T], or [T] for one response, nats. */
  policyTokenLogps: Tensor;
  /** Sum over the vocabulary of p^2 at each token, same shape. */
  sumPSquared: Tensor;
  /** 1 or true at response tokens, same shape; all of them where it is missing. */
  mask?: Tensor;
};

/**
 * How likely the policy is to give each response itself, against what its own samples would reach on average.
 *
 *   w(y) = exp( mean_t [ log p_t(y_t) - log sum_v p_t(v)^2 ] )
 *
 * The weight of a pair is the product of both responses'. WPO puts it on DPO; to put it on any other loss of pairs, pass
 * that product to `perExampleWeights(loss)`, as TRL from 0.29 on does for all losses but `aot`, which sorts its batch.
 *
 * @returns shape [B], dimensionless, > 0; a constant without gradient
 * @throws {RangeError} when an input is missing or shapes differ
 * @see Zhou et al. 2024, arXiv:2406.11827, sampled alignment of the weights
 */
export function wpoWeights(inputs: WpoWeightInputs): Tensor1D {
  return tidy(() => {
    const tokens = tokenRows('wpoWeights', inputs, ['policyTokenLogps', 'sumPSquared'], 'mask');
    return exp(logWeight(tokens, 'policyTokenLogps', 'sumPSquared'));
  });
}

/**
 * WPO: DPO with pairs weighted by how likely the policy is to have given them itself.
 *
 *   loss_i = w(y_w) w(y_l) (-(1 - e) log sigmoid(beta z_i) - e log sigmoid(-beta z_i)),   w as in {@link wpoWeights}
 *
 * The weights are constants: the gradient of every token is that of its response's summed log-probability in DPO, times
 * the weight.
 *
 * @param inputs  log-probabilities and squares per token, reference log-probabilities summed; gradients reach the
 *   policy's log-probabilities only
 * @param options beta > 0; clamp > 0 or none; labelSmoothing from 0 to 0.5
 * @returns per-pair loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Zhou et al. 2024, arXiv:2406.11827, the objective; wzhouad/WPO; golden: test/golden/losses.json
 */
export function wpo(inputs: WpoInputs, options: WpoOptions): Tensor1D {
  const { beta, clamp = null, labelSmoothing = 0 } = options;
  if (clamp !== null) checkPositive('wpo', 'clamp', clamp);
  return tidy(() => {
    const chosen = tokenRows('wpo', inputs, ['policyChosenTokenLogps', 'chosenSumPSquared'], 'chosenMask');
    const rejected = tokenRows('wpo', inputs, ['policyRejectedTokenLogps', 'rejectedSumPSquared'], 'rejectedMask');
    const pairs = {
      policyChosenLogps: chosen.sumOver(chosen.row('policyChosenTokenLogps')),
      policyRejectedLogps: rejected.sumOver(rejected.row('policyRejectedTokenLogps')),
      refChosenLogps: inputs.refChosenLogps,
      refRejectedLogps: inputs.refRejectedLogps,
    };
    const losses = smoothedDpo('wpo', pairs, beta, labelSmoothing);
    // One exponential of the sum, so that the product of a tiny and a large weight does not pass through 0 or infinity.
    const product = exp(
      add(
        logWeight(chosen, 'policyChosenTokenLogps', 'chosenSumPSquared'),
        logWeight(rejected, 'policyRejectedTokenLogps', 'rejectedSumPSquared'),
      ),
    );
    return mul(clamp === null ? product : minimum(product, clamp), losses);
  });
}

/** Logarithm of the weight of each row, shape [B], nats, detached. At padding p^2 is taken as 1, whose logarithm is 0. */
function logWeight<K extends string>(tokens: TokenRows<K>, logps: K, squares: K): Tensor1D {
  return stopGradient(tokens.meanOver(sub(tokens.row(logps), log(tokens.row(squares, 1)))));
}
