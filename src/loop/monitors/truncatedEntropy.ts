/**
 * Entropy of one token's distribution as far as its most likely tokens tell, nats: of these probabilities, made to sum
 * to 1. Self-Critique takes the 50 most likely ones.
 *
 * @param logProbs of the most likely tokens, nats, in any order
 * @returns NaN without tokens
 */
export function truncatedEntropy(logProbs: readonly number[]): number {
  if (logProbs.length === 0) return NaN;
  const top = logProbs.reduce((a, b) => Math.max(a, b));
  const weights = logProbs.map((logp) => Math.exp(logp - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // log(total) + E[top - logp]; a token of probability zero adds nothing.
  return Math.log(total) + weights.reduce((sum, w, i) => (w === 0 ? sum : sum + (w / total) * (top - logProbs[i]!)), 0);
}
