import { add, mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkFinite, checkPositive } from './checks.ts';
import { logisticLoss } from './logisticLoss.ts';
import { logRatioMargin } from './logRatios.ts';
import { logSigmoidOf } from './logSigmoid.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type StepApoInputs = PairLogps & {
  /** V_w, the value that tree search gave the chosen step, shape [B]; no gradient flows into it. */
  chosenValues: Tensor;
  /** V_l, the value of the rejected step, shape [B]; no gradient flows into it. */
  rejectedValues: Tensor;
};

export type StepApoOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.3 in the authors' runs. */
  beta: number;
  /** Weight of the values; 1 (default) in the paper. */
  alpha?: number | undefined;
};

/**
 * Step-APO: DPO on steps of a plan, whose values ask for a margin: the larger the advantage of the chosen step, the larger
 * the difference of log-ratios that it takes.
 *
 *   loss_i = -log sigmoid(beta z_i - alpha (V_w - V_l)),   z = log pi(y_w)/pi_ref(y_w) - log pi(y_l)/pi_ref(y_l)
 *
 * The paper has the values V(s') of the states reached; the authors' code (`sigmoid_a_1.0`) passes the search's q values of
 * the steps, those of final answers times 0.3. The formula is the same: what it is fed with is the caller's choice.
 *
 * @param inputs  log-probabilities summed over the step's tokens, nats, and values, shape [B] each; gradients reach the
 *   policy's only
 * @param options beta > 0; alpha finite
 * @returns per-pair loss, shape [B], nats; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Wang et al. 2024, arXiv:2409.08642; keesh0410/CPL-Reasoning, "sigmoid_a_1.0"; golden: test/golden/losses.json
 */
export function stepApo(inputs: StepApoInputs, options: StepApoOptions): Tensor1D {
  const { beta, alpha = 1 } = options;
  checkPositive('step_apo', 'beta', beta);
  checkFinite('step_apo', 'alpha', alpha);
  return tidy(() => {
    const margin = mul(logRatioMargin('step_apo', inputs, ['chosenValues', 'rejectedValues']), beta);
    const advantage = stopGradient(sub(inputs.rejectedValues, inputs.chosenValues));
    return logisticLoss(add(margin, mul(advantage, alpha)), 0);
  });
}

/** Value of {@link stepApo} for one pair while policy and reference are equal, nats. */
export function stepApoStepZero(
  { alpha = 1 }: StepApoOptions,
  { chosenValues, rejectedValues }: { chosenValues: number; rejectedValues: number },
): number {
  return -logSigmoidOf(alpha * (rejectedValues - chosenValues));
}
