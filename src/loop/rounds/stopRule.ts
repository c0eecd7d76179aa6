/** What a round measured, as far as stopping and choosing depend on it. */
export interface RoundOutcome {
  round: number;
  /** Win rate over the base; missing where the judge failed on everything. */
  winRate?: number | undefined;
  /** Nats per answer. */
  klToBase: number;
}

export interface StopOptions {
  klBudget?: number | undefined;
  patience?: number | undefined;
}

/** Why no further round is to be played, as a sentence; undefined to go on. */
export function stopReason(outcomes: readonly RoundOutcome[], { klBudget, patience }: StopOptions): string | undefined {
  const last = outcomes.at(-1);
  if (!last) return undefined;
  if (klBudget !== undefined && last.klToBase > klBudget) {
    return `the KL to the base, ${last.klToBase.toFixed(2)} nats an answer, is above the budget of ${klBudget}`;
  }
  if (patience === undefined) return undefined;
  const since = last.round - bestRound(outcomes).round;
  if (since < patience) return undefined;
  return `the win rate over the base has not risen for ${since} rounds`;
}

/** The round with the best win rate over the base, the first of equal ones; without win rates the last. */
export function bestRound(outcomes: readonly RoundOutcome[]): RoundOutcome {
  const rated = outcomes.filter(({ winRate }) => winRate !== undefined);
  if (rated.length === 0) return outcomes.at(-1)!;
  return rated.reduce((best, outcome) => (outcome.winRate! > best.winRate! ? outcome : best));
}
