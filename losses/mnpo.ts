import { mul, sub, sum, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive, checkShapes, checkShare } from './checks.ts';
import { logRatioMargin } from './logRatios.ts';
import { mirrorDescentLoss } from './mirrorDescentLoss.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type MnpoInputs = PairLogps & {
  /** log-probability of y_w under each of H earlier iterates, shape [H, B], nats; no gradient flows into it. */
  historyChosenLogps: Tensor;
  /** The same of y_l. */
  historyRejectedLogps: Tensor;
};

export type MnpoOptions = {
  /** Inverse step size of the mirror descent, > 0; 0.0075 in the authors' runs. */
  eta: number;
  /** tau/eta, the share of the fixed reference, from 0 to 1; 1/3 in the authors' runs. */
  ratio: number;
  /** Weight of each earlier iterate, >= 0, in the order of the inputs; all alike by default. Only their ratios matter. */
  historyWeights?: readonly number[] | undefined;
};

/**
 * MNPO: INPO with a weighted mean over several earlier iterates in the place of the last one.
 *
 *   h_i    = gap(pi) - ratio gap(pi_ref) - (1 - ratio) sum_j w_j gap(pi_j) / sum_j w_j,   gap(p) = log p(y_w) - log p(y_l)
 *   loss_i = (h_i - 1/(2 eta))^2
 *
 * The form of the authors' code. That code feeds it log-probabilities averaged over response tokens; pass averages to
 * match its runs, sums to stay with INPO's definition. With one earlier iterate it is `inpo`.
 *
 * @param inputs  log-probabilities, shape [B] each and [H, B] for the history, nats; gradients reach the policy's only
 * @param options eta > 0; ratio from 0 to 1; one weight per earlier iterate
 * @returns per-pair loss, shape [B], nats^2; the caller takes the mean
 * @throws {RangeError} when shapes do not fit or an input is missing, or an option is out of range
 * @see Wu et al. 2025, arXiv:2509.23102, Eq. (17); smiles724/MNPO@b8317e9 `mnpo_loss`; golden:
 *   test/golden/losses.json
 */
export function mnpo(inputs: MnpoInputs, options: MnpoOptions): Tensor1D {
  const { eta, ratio } = options;
  checkPositive('mnpo', 'eta', eta);
  checkShare('mnpo', 'ratio', ratio);
  const { historyChosenLogps, historyRejectedLogps } = inputs;
  checkShapes('mnpo', inputs, ['historyChosenLogps', 'historyRejectedLogps'], ['H', 'B']);
  const weights = normalized(options.historyWeights, historyChosenLogps.shape[0]);
  return tidy(() => {
    const margin = logRatioMargin('mnpo', inputs);
    checkHistoryBatch(historyChosenLogps, margin.size);
    const chosen = sub(historyChosenLogps, inputs.refChosenLogps);
    const rejected = sub(historyRejectedLogps, inputs.refRejectedLogps);
    const drift = sum(mul(sub(chosen, rejected), tensor2d(weights, [weights.length, 1])), 0);
    return mirrorDescentLoss(margin, stopGradient(drift), { eta, share: ratio });
  });
}

/** Value of {@link mnpo} per pair while the policy equals the reference and every earlier iterate, nats^2. */
export function mnpoStepZero({ eta }: MnpoOptions): number {
  return 1 / (4 * eta ** 2);
}

function normalized(weights: readonly number[] | undefined, count: number): number[] {
  const given = weights ?? Array.from({ length: count }, () => 1);
  const total = given.reduce((a, b) => a + b, 0);
  const fits = given.length === count && given.every((weight) => weight >= 0) && total > 0 && total < Infinity;
  if (fits) return given.map((weight) => weight / total);
  throw new RangeError(
    `mnpo: historyWeights must be ${count} numbers of at least 0, not all 0, got [${given.join(', ')}]. ` +
      'Give one for each earlier iterate, or leave them out to weigh all alike.',
  );
}

function checkHistoryBatch(history: Tensor, batch: number): void {
  if (history.shape[1] === batch) return;
  throw new RangeError(
    `mnpo: the history must hold one number per pair, [H, ${batch}], got historyChosenLogps [${history.shape.join(', ')}]. ` +
      'Score the same batch with every iterate.',
  );
}
