import { add, cast, equal, greater, mean, mul, sub, tidy } from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';

import { checkPositive } from './checks.ts';
import { logRatios } from './logRatios.ts';
import type { PairLogps } from './types.ts';

/** Batch means of one training step, each a scalar tensor that the caller disposes. */
export type RewardMetrics = {
  /** Mean reward beta (log pi - log pi_ref) of the chosen responses, as TRL logs it. */
  'rewards/chosen': Scalar;
  'rewards/rejected': Scalar;
  /** Mean difference of the chosen and the rejected reward. */
  'rewards/margins': Scalar;
  /** Share of pairs whose chosen reward is the higher one, a tie counting one half: 0.5 at step 0. */
  'rewards/accuracies': Scalar;
  /** The same with ties counting 0, TRL's `rewards/accuracies`. */
  'rewards/accuracies_strict': Scalar;
  /** Mean summed log-probability of the chosen responses, nats. */
  'logps/chosen': Scalar;
  'logps/rejected': Scalar;
  /** Mean log pi - log pi_ref of the chosen responses, nats: the reward before beta, comparable between losses. */
  'logratios/chosen': Scalar;
  'logratios/rejected': Scalar;
};

/**
 * What TRL logs about a batch of preference pairs, under TRL's names, and the log-ratios in nats.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats
 * @param options beta > 0 of the loss in training
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 */
export function rewardMetrics(inputs: PairLogps, options: { beta: number }): RewardMetrics {
  const { beta } = options;
  checkPositive('rewardMetrics', 'beta', beta);
  return tidy(() => {
    const { chosen, rejected } = logRatios('rewardMetrics', inputs);
    const strict = mean<Scalar>(cast(greater(chosen, rejected), 'float32'));
    const ties = mean<Scalar>(cast(equal(chosen, rejected), 'float32'));
    return {
      'rewards/chosen': mul<Scalar>(mean(chosen), beta),
      'rewards/rejected': mul<Scalar>(mean(rejected), beta),
      'rewards/margins': mul<Scalar>(mean(sub(chosen, rejected)), beta),
      'rewards/accuracies': add<Scalar>(strict, mul(ties, 0.5)),
      'rewards/accuracies_strict': strict,
      'logps/chosen': mean<Scalar>(inputs.policyChosenLogps),
      'logps/rejected': mean<Scalar>(inputs.policyRejectedLogps),
      'logratios/chosen': mean<Scalar>(chosen),
      'logratios/rejected': mean<Scalar>(rejected),
    };
  });
}
