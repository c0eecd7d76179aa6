import { sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import { averageLogps } from './averageLogps.ts';
import { checkNotNegative, checkShapes } from './checks.ts';
import { marginLoss, type MarginOptions } from './marginLoss.ts';
import type { PairLengths, PolicyLogps } from './types.ts';

export type SimpoOptions = MarginOptions<'sigmoid' | 'hinge'> & {
  /** rho = gamma / beta, the margin asked for, >= 0, nats per token; 0.1 to 0.8 in the paper's runs. */
  gammaBetaRatio: number;
};

/**
 * SimPO: the logistic loss of the difference of mean log-probabilities, less a margin; no reference.
 *
 *   u      = log pi(y_w)/|y_w| - log pi(y_l)/|y_l| - rho
 *   loss_i = -(1 - e) log sigmoid(beta u_i) - e log sigmoid(-beta u_i),   or max(0, 1 - beta u_i) as `hinge`
 *
 * This is the form of the authors' code. TRL's CPO trainer takes gamma = rho beta instead, and adds a negative
 * log-likelihood unless told not to (`cpo_alpha`).
 *
 * @param inputs  log-probabilities summed over response tokens, nats, and numbers of tokens, shape [B] each
 * @param options beta > 0; gammaBetaRatio >= 0; labelSmoothing from 0 to 0.5 with lossType `sigmoid`
 * @returns per-pair loss, shape [B]; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is out of range
 * @see Meng et al. 2024, arXiv:2405.14734, Eq. (6); princeton-nlp/SimPO@1b3e8f3 `simpo_loss`; golden:
 *   test/golden/losses.json
 */
export function simpo(inputs: PolicyLogps & PairLengths, options: SimpoOptions): Tensor1D {
  const { gammaBetaRatio } = options;
  const lossOf = marginLoss('simpo', options, ['sigmoid', 'hinge']);
  checkNotNegative('simpo', 'gammaBetaRatio', gammaBetaRatio);
  checkShapes('simpo', inputs, ['policyChosenLogps', 'policyRejectedLogps', 'chosenLengths', 'rejectedLengths']);
  return tidy(() => {
    const chosen = averageLogps(inputs.policyChosenLogps, inputs.chosenLengths);
    const rejected = averageLogps(inputs.policyRejectedLogps, inputs.rejectedLengths);
    return lossOf(sub(sub(chosen, rejected), gammaBetaRatio));
  });
}
