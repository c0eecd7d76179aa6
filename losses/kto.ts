import { add, concat1d, maximum, mean, mul, neg, sigmoid, sub, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive, checkShapes } from './checks.ts';
import { logRatios } from './logRatios.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type KtoInputs = PairLogps & {
  /** Mean log-ratio of mismatched pairs, scalar, nats, instead of the option `kl`; no gradient flows into it. */
  kl?: Tensor;
};

export type KtoOptions = {
  /** Strength of the pull to the reference, > 0, per nat; 0.1 in the paper. */
  beta: number;
  /** Mean log-ratio of mismatched pairs, nats, instead of the input `kl`. */
  kl?: number | undefined;
  /** Weight of the chosen responses, > 0; default 1. */
  desirableWeight?: number | undefined;
  /** Weight of the rejected responses, > 0; default 1. */
  undesirableWeight?: number | undefined;
};

/**
 * KTO: gains and losses of single responses, against the mean log-ratio z0 of mismatched ones.
 *
 *   chosen:   w_D (1 - sigmoid(beta (lr - z0)))
 *   rejected: w_U (1 - sigmoid(beta (z0 - lr))),   z0 = max(0, mean log-ratio of (x_i, y_{i+1})), detached
 *
 * The trainer computes that mean, over all processes and on the batch of the step, and passes it as the input `kl`; the
 * option is for a constant. Negative estimates count as 0, as in the paper.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0; the weights > 0
 * @returns shape [2B]: the chosen responses' losses, then the rejected ones'; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, an option is out of range, or not exactly one of the
 *   two `kl` is there
 * @see Ethayarajh et al. 2024, arXiv:2402.01306, section 4, the loss; huggingface/trl@v0.23.0 `kto_loss`; golden:
 *   test/golden/losses.json
 */
export function kto(inputs: KtoInputs, options: KtoOptions): Tensor1D {
  const { beta, desirableWeight = 1, undesirableWeight = 1 } = options;
  checkPositive('kto', 'beta', beta);
  checkPositive('kto', 'desirableWeight', desirableWeight);
  checkPositive('kto', 'undesirableWeight', undesirableWeight);
  checkKl('kto', inputs.kl, options.kl);
  return tidy(() => {
    const { chosen, rejected } = logRatios('kto', inputs);
    const zero = inputs.kl ? maximum(stopGradient(inputs.kl), 0) : Math.max(options.kl!, 0);
    // 1 - sigmoid(x) as sigmoid(-x), which does not cancel where x is large.
    return concat1d([
      mul<Tensor1D>(sigmoid(mul(sub(zero, chosen), beta)), desirableWeight),
      mul<Tensor1D>(sigmoid(mul(sub(rejected, zero), beta)), undesirableWeight),
    ]);
  });
}

/**
 * Mean of the two values of {@link kto} for one pair while policy and reference are equal: 1/2 with weights 1 and kl 0,
 * which is then the true value of the mismatched mean.
 */
export function ktoStepZero(
  { beta, kl, desirableWeight = 1, undesirableWeight = 1 }: KtoOptions,
  labels: { kl?: number } = {},
): number {
  const reached = 1 / (1 + Math.exp(-beta * Math.max(labels.kl ?? kl ?? 0, 0)));
  return (desirableWeight * reached + undesirableWeight * (1 - reached)) / 2;
}

export type KtoUnpairedInputs = {
  /** log pi(y | x) of the model in training, summed over response tokens, shape [B], nats. */
  policyLogps: Tensor;
  /** log pi_ref(y | x) of the frozen reference, shape [B], nats; no gradient flows into it. */
  refLogps: Tensor;
  /** Whether the response is a good one, 1 or 0, shape [B]. */
  desirable: Tensor;
  /** As in {@link KtoInputs}. */
  kl?: Tensor;
};

/**
 * {@link kto} on single responses, each good or bad by itself: what data without pairs have. A batch with the good and the bad
 * responses of pairs has the values of {@link kto}.
 *
 * @param inputs  summed log-probabilities and labels, shape [B] each; gradients reach the policy's only
 * @param options beta > 0; the weights > 0
 * @returns shape [B]; the caller takes the mean
 * @throws {RangeError} as {@link kto}
 * @see Ethayarajh et al. 2024, arXiv:2402.01306, section 4, the loss; huggingface/trl@v0.23.0 `kto_loss`
 */
export function ktoUnpaired(inputs: KtoUnpairedInputs, options: KtoOptions): Tensor1D {
  const { beta, desirableWeight = 1, undesirableWeight = 1 } = options;
  checkPositive('kto_unpaired', 'beta', beta);
  checkPositive('kto_unpaired', 'desirableWeight', desirableWeight);
  checkPositive('kto_unpaired', 'undesirableWeight', undesirableWeight);
  checkKl('kto_unpaired', inputs.kl, options.kl);
  checkShapes('kto_unpaired', inputs, ['policyLogps', 'refLogps', 'desirable']);
  return tidy(() => {
    const ratio = sub<Tensor1D>(inputs.policyLogps, stopGradient(inputs.refLogps));
    const zero = inputs.kl ? maximum(stopGradient(inputs.kl), 0) : Math.max(options.kl!, 0);
    const share = stopGradient(inputs.desirable);
    const good = mul(sigmoid(mul(sub(zero, ratio), beta)), mul(share, desirableWeight));
    const bad = mul(sigmoid(mul(sub(ratio, zero), beta)), mul(sub(1, share), undesirableWeight));
    return add<Tensor1D>(good, bad);
  });
}

/** Value of {@link ktoUnpaired} for one response while policy and reference are equal: 1/2 with weights 1 and kl 0. */
export function ktoUnpairedStepZero(
  { beta, kl, desirableWeight = 1, undesirableWeight = 1 }: KtoOptions,
  labels: { kl?: number; desirable?: number } = {},
): number {
  const reached = 1 / (1 + Math.exp(-beta * Math.max(labels.kl ?? kl ?? 0, 0)));
  const share = labels.desirable ?? 1;
  return share * desirableWeight * reached + (1 - share) * undesirableWeight * (1 - reached);
}

/**
 * KTO on pairs, each half of the batch measured against the mean log-ratio of the other half.
 *
 *   chosen:   1 - sigmoid(beta (lr_w - max(0, mean lr_l)))
 *   rejected: 1 - sigmoid(beta (max(0, mean lr_w) - lr_l))
 *
 * Those means are not detached, as in the code this follows: gradients flow through them, unlike the paper's. Every value
 * depends on the whole batch.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options beta > 0
 * @returns shape [2B]: the chosen responses' losses, then the rejected ones'; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or beta is not positive and finite
 * @see uclaml/SPPO@5e61c4e `sppo_loss`, `kto_pair`, also in TRL to v0.8; golden: test/golden/losses.json
 */
export function ktoPair(inputs: PairLogps, options: { beta: number }): Tensor1D {
  const { beta } = options;
  checkPositive('kto_pair', 'beta', beta);
  return tidy(() => {
    const { chosen, rejected } = logRatios('kto_pair', inputs);
    return concat1d([
      sigmoid<Tensor1D>(neg(mul(sub(chosen, meanAboveZero(rejected)), beta))),
      sigmoid<Tensor1D>(neg(mul(sub(meanAboveZero(chosen), rejected), beta))),
    ]);
  });
}

/** Each value of {@link ktoPair} while policy and reference are equal. */
export function ktoPairStepZero(): number {
  return 0.5;
}

function meanAboveZero(ratios: Tensor1D): Scalar {
  return maximum(mean<Scalar>(ratios), 0);
}

function checkKl(loss: string, input: Tensor | undefined, option: number | undefined): void {
  if (input === undefined && typeof option === 'number' && Number.isFinite(option)) return;
  if (option === undefined && input?.shape?.length === 0) return;
  const got = [
    input === undefined ? 'no input kl' : `input kl of shape [${input.shape.join(', ')}]`,
    option === undefined ? 'no option kl' : `option kl ${String(option)}`,
  ].join(' and ');
  throw new RangeError(
    `${loss}: expected kl once, as a scalar tensor among the inputs or as a finite number in the options, got ${got}. ` +
      'Pass the mean log-ratio of responses paired with other prompts as inputs.kl.',
  );
}
