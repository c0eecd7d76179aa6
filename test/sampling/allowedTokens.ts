import type { TokenFilters } from '../../src/sampling/keptWeights.ts';

/**
 * Which tokens transformers' processors leave, in float64: TopKLogitsWarper, TopPLogitsWarper and MinPLogitsWarper in the
 * order of `GenerationMixin`, after the temperature. In order of their ids.
 */
export function allowedTokens(logits: readonly number[], filters: TokenFilters, temperature: number): number[] {
  const { topK = logits.length, topP = 1, minP = 0 } = filters;
  let scores = logits.map((logit) => logit / temperature);
  const kth = [...scores].sort((a, b) => b - a)[Math.min(topK, scores.length) - 1]!;
  scores = scores.map((score) => (score < kth ? -Infinity : score));
  if (topP < 1) {
    const probabilities = softmax(scores);
    const ascending = scores.map((_, token) => token).sort((a, b) => scores[a]! - scores[b]! || b - a);
    let sum = 0;
    const removed = new Set<number>();
    for (const token of ascending.slice(0, -1)) {
      sum += probabilities[token]!;
      if (sum <= 1 - topP) removed.add(token);
    }
    scores = scores.map((score, token) => (removed.has(token) ? -Infinity : score));
  }
  const probabilities = softmax(scores);
  const least = minP * Math.max(...probabilities);
  return scores.flatMap((score, token) => (score > -Infinity && probabilities[token]! >= least ? [token] : []));
}

function softmax(scores: readonly number[]): number[] {
  const peak = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - peak));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}
