/** PairRM's logits of "the left answer is better" for two answers, in both orders. */
export interface PairLogits {
  /** First answer on the left, second on the right. */
  forward: number;
  /** Second answer on the left. */
  backward: number;
}

/**
 * How logits of both orders become one probability:
 *
 * - `logit-mean`: sigmoid of half their difference, the average logit;
 * - `logit-sum`: sigmoid of their difference, twice as sharp: TRL's softmax over llm-blender's scores, and what `compare` of
 *   llm-blender returns before the sigmoid;
 * - `prob-mean`: the mean of the two orders' own probabilities.
 *
 * Each is antisymmetric: swapped answers give the complement.
 */
export type Symmetrise = 'logit-mean' | 'logit-sum' | 'prob-mean';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * The probability that the first answer is better.
 *
 * @param temperature divides the logits
 */
export function pairProbability(
  { forward, backward }: PairLogits,
  { symmetrise, temperature }: { symmetrise: Symmetrise; temperature: number },
): number {
  if (symmetrise === 'prob-mean') return (sigmoid(forward / temperature) + sigmoid(-backward / temperature)) / 2;
  const difference = (forward - backward) / temperature;
  return sigmoid(symmetrise === 'logit-mean' ? difference / 2 : difference);
}

/** How much a place on the left adds to a logit: the mean of both orders' logits; 0 without bias, NaN without pairs. */
export function positionBias(logits: readonly PairLogits[]): number {
  return logits.reduce((sum, { forward, backward }) => sum + (forward + backward) / 2, 0) / logits.length;
}
