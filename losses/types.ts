import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Summed log-probabilities of B preference pairs under two models, each of shape [B], in nats, summed over the response
 * tokens (end token included, prompt and padding excluded).
 */
export type PairLogps = {
  /** log pi(y_w | x) of the model in training. */
  policyChosenLogps: Tensor;
  /** log pi(y_l | x) of the model in training. */
  policyRejectedLogps: Tensor;
  /** log pi_ref(y_w | x) of the frozen reference; no gradient flows into it. */
  refChosenLogps: Tensor;
  /** log pi_ref(y_l | x) of the frozen reference; no gradient flows into it. */
  refRejectedLogps: Tensor;
};

/** The half of {@link PairLogps} that losses without a reference read. */
export type PolicyLogps = Pick<PairLogps, 'policyChosenLogps' | 'policyRejectedLogps'>;

/** Numbers of response tokens that the log-probabilities of a pair sum over, shape [B] each; 0 counts as 1. */
export type PairLengths = {
  chosenLengths: Tensor;
  rejectedLengths: Tensor;
};

/**
 * What a trainer supplies beside the log-probabilities of the policy; `SOURCE_OF_INPUT` says which input is which.
 *
 * - `reference`: log-probabilities under the frozen reference
 * - `previousIterate`: the same under the policy that sampled this round's responses
 * - `history`: the same under several earlier iterates
 * - `lengths`: how many tokens each log-probability sums over
 * - `winProbability`: the probability that one response beats another
 * - `winRates`: mean probabilities of beating the policy that sampled both responses
 * - `mismatchedKl`: the mean log-ratio of responses paired with other prompts
 * - `sumOfSquaredProbabilities`: sum over the vocabulary of p^2 at each token, under the policy
 * - `runningReward`: a mean of rewards over the batches so far
 * - `scores`: rewards, values, verdicts or advantages of responses
 * - `weights`: how much each example counts
 */
export type LossNeed =
  | 'reference'
  | 'previousIterate'
  | 'history'
  | 'lengths'
  | 'winProbability'
  | 'winRates'
  | 'mismatchedKl'
  | 'sumOfSquaredProbabilities'
  | 'runningReward'
  | 'scores'
  | 'weights';

/**
 * A loss as the registry hands it out: `fn(inputs, options)`, per-example values of shape [B].
 *
 * Each loss declares its own inputs and options. The type is taken from a method because only methods let a loss with
 * required keys stand where any record is accepted; the loss itself then checks that its inputs are there.
 */
export type LossFunction = {
  fn(inputs: Readonly<Record<string, Tensor>>, options: Readonly<Record<string, unknown>>): Tensor;
}['fn'];

/**
 * The value of a loss for one pair while the policy still equals every reference, from plain numbers: the options of the
 * loss, and what a trainer supplies for the pair, under the keys of the loss's inputs. With a previous iterate and a fixed
 * reference the policy equals the former.
 */
export type StepZeroFunction = {
  fn(options: Readonly<Record<string, unknown>>, labels: Readonly<Record<string, number>>): number;
}['fn'];

/** One loss with what a trainer must know to feed it. */
export interface LossEntry {
  readonly fn: LossFunction;
  /** The known value at step 0; absent where there is none, as in losses without a reference. */
  readonly stepZero?: StepZeroFunction;
  /** Every key of `inputs` that the loss reads. */
  readonly inputs: readonly string[];
  readonly needs: readonly LossNeed[];
  /** `sequence`: log-probabilities are sums of shape [B]. `token`: they are [B, T] with a mask. */
  readonly level: 'sequence' | 'token';
  /** Whether the value of one example depends on the others in its batch, so that splitting the batch changes it. */
  readonly coupled: boolean;
}
