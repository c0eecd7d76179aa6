/** Share of the base's entropy below which a policy has collapsed. */
const OF_BASE = 0.25;

/** Share of the previous round's entropy that a round may not lose at once. */
const OF_PREVIOUS = 0.5;

/** Entropies in nats per token; see `answerEntropy`. */
export interface EntropyTrend {
  entropy: number;
  base?: number | undefined;
  previous?: number | undefined;
}

/**
 * Says when a policy has lost its variety: an entropy below a quarter of the base's, or below half of the previous
 * round's. Such a policy gives answers that hardly differ, and pairs of them teach nothing.
 *
 * @returns a sentence, or undefined while all is well
 * @see Cui et al. 2025, arXiv:2505.22617, for how performance saturates as entropy is used up
 */
export function collapseAlarm({ entropy, base, previous }: EntropyTrend): string | undefined {
  const known = [
    { name: 'the base policy', from: base, share: OF_BASE },
    { name: 'the round before', from: previous, share: OF_PREVIOUS },
  ];
  const fallen = known.find(({ from, share }) => from !== undefined && entropy < share * from);
  if (fallen === undefined) return undefined;
  return (
    `the policy is collapsing: ${entropy.toFixed(3)} nats of entropy per token, ${fallen.from!.toFixed(3)} in ${fallen.name}. ` +
    'Lower the learning rate, take fewer epochs, or hold the policy closer to its reference.'
  );
}
