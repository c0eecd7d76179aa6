/**
 * Self-Critique's sign that a prompt was seen in reinforcement learning: how alike the entropies of a greedy answer are to
 * those of the greedy answer to "here is a possible answer, give a different one". A policy that learned the prompt by
 * heart walks the same path again.
 *
 * score = cos(first, second), the shorter one padded with zeros, times the ratio of their lengths, shorter over longer.
 * Two answers without any doubt at all (all entropies zero) count as alike, one of them without does not.
 *
 * @param first entropy of each token of the answer, nats
 * @param second entropy of each token of the different answer, nats
 * @returns in [0, 1], higher is more suspect; NaN when an answer is empty
 * @see Tao et al. 2025, arXiv:2510.09259
 *
 * @example contaminationScore([1, 2, 2], [2, 0, 1, 2]) // 1/3
 */
export function contaminationScore(first: readonly number[], second: readonly number[]): number {
  const [shorter, longer] = first.length <= second.length ? [first, second] : [second, first];
  if (shorter.length === 0) return NaN;
  const dot = shorter.reduce((sum, entropy, i) => sum + entropy * longer[i]!, 0);
  const norms = [shorter, longer].map((profile) => Math.hypot(...profile)) as [number, number];
  const certain = norms.filter((norm) => norm === 0).length;
  const cosine = certain === 2 ? 1 : certain === 1 ? 0 : dot / (norms[0] * norms[1]);
  return (cosine * shorter.length) / longer.length;
}
