import { sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

import { checkPositive, checkShare } from './checks.ts';
import { logRatioMargin } from './logRatios.ts';
import { mirrorDescentLoss } from './mirrorDescentLoss.ts';
import { stopGradient } from './stopGradient.ts';
import type { PairLogps } from './types.ts';

export type InpoInputs = PairLogps & {
  /** log pi_t(y_w | x) of the previous iterate, which sampled the pair, shape [B], nats; no gradient flows into it. */
  lastChosenLogps: Tensor;
  /** log pi_t(y_l | x) of the previous iterate, shape [B], nats; no gradient flows into it. */
  lastRejectedLogps: Tensor;
};

export type InpoOptions = {
  /** Inverse step size of the mirror descent, > 0, per nat; 0.005 in the paper. SPPO's eta is the inverse of this. */
  eta: number;
} & (
  | {
      /** Strength of the pull to the fixed reference, from 0 to eta, per nat. */
      tau: number;
      tauOverEta?: undefined;
    }
  | {
      /** The same as a share of eta, from 0 to 1; 1/3 in the paper. */
      tauOverEta: number;
      tau?: undefined;
    }
);

/**
 * INPO: one step of online mirror descent toward the Nash policy, as a regression on pairs.
 *
 *   h_i    = gap(pi) - (tau/eta) gap(pi_ref) - (1 - tau/eta) gap(pi_t),   gap(p) = log p(y_w) - log p(y_l)
 *   loss_i = (h_i - 1/(2 eta))^2
 *
 * Two references: `ref*` is the fixed base, `last*` the previous iterate pi_t. With tau = eta, or in the first round, where
 * both are the same, this is `ipoSum` with beta = eta. Log-probabilities are sums; readings that average them over tokens
 * (the MNPO authors' code) are another algorithm under the same eta.
 *
 * @param inputs  summed log-probabilities, shape [B] each, nats; gradients reach the policy's only
 * @param options eta > 0, and either tau from 0 to eta or tauOverEta from 0 to 1
 * @returns per-pair loss, shape [B], nats^2, 1e4 at the start with eta 0.005; the caller takes the mean
 * @throws {RangeError} when shapes differ or an input is missing, or an option is missing, double or out of range
 * @see Zhang et al. 2024, arXiv:2407.00617; yale-nlp/COMAL@30e9446 `nash_loss`; golden: test/golden/losses.json
 */
export function inpo(inputs: InpoInputs, options: InpoOptions): Tensor1D {
  const { eta } = options;
  checkPositive('inpo', 'eta', eta);
  const share = tauShare(options);
  return tidy(() => {
    const margin = logRatioMargin('inpo', inputs, ['lastChosenLogps', 'lastRejectedLogps']);
    const chosen = sub(inputs.lastChosenLogps, inputs.refChosenLogps);
    const rejected = sub(inputs.lastRejectedLogps, inputs.refRejectedLogps);
    return mirrorDescentLoss(margin, stopGradient(sub(chosen, rejected)), { eta, share });
  });
}

function tauShare(options: InpoOptions): number {
  const { eta, tau, tauOverEta } = options;
  if ((tau === undefined) === (tauOverEta === undefined)) {
    throw new RangeError(
      `inpo: expected one of tau and tauOverEta, got ${tau === undefined ? 'neither' : 'both'}. ` +
        'Set tauOverEta to 1/3, as in the paper, or tau to the strength of the pull to the reference.',
    );
  }
  if (tauOverEta !== undefined) {
    checkShare('inpo', 'tauOverEta', tauOverEta);
    return tauOverEta;
  }
  if (typeof tau === 'number' && tau >= 0 && tau <= eta) return tau / eta;
  throw new RangeError(
    `inpo: tau must be a number from 0 to eta = ${eta}, got ${String(tau)}. Lower tau, or raise eta above it.`,
  );
}

/**
 * Value of {@link inpo} for one pair while the policy equals the previous iterate, nats^2. In the first round, and wherever
 * log-probabilities of a reference are not given, both references are taken to be the same: 1/(4 eta^2).
 */
export function inpoStepZero(options: InpoOptions, labels: Partial<Record<keyof InpoInputs, number>> = {}): number {
  const { lastChosenLogps, lastRejectedLogps, refChosenLogps, refRejectedLogps } = labels;
  const drift = lastChosenLogps! - refChosenLogps! - (lastRejectedLogps! - refRejectedLogps!);
  const start = Number.isNaN(drift) ? 0 : tauShare(options) * drift;
  return (start - 1 / (2 * options.eta)) ** 2;
}
