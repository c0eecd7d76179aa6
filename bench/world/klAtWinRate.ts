/** A point on a recipe's way from the base. */
export interface WinRateAndKl {
  /** Over the base, in [0, 1]. */
  winRate: number;
  /** To the base, nats an answer. */
  kl: number;
}

const BASE: WinRateAndKl = { winRate: 0.5, kl: 0 };

/**
 * The KL at which a recipe first reaches a win rate: between rounds, and between the base (win rate 1/2, KL 0) and the first
 * round, the way counts as straight.
 *
 * @param rounds  in their order
 * @param winRate from 1/2 to 1
 * @returns undefined when no round reaches it
 */
export function klAtWinRate(rounds: readonly WinRateAndKl[], winRate: number): number | undefined {
  const at = rounds.findIndex((round) => round.winRate >= winRate);
  if (at < 0) return undefined;
  const [before, after] = [rounds[at - 1] ?? BASE, rounds[at]!];
  if (after.winRate === before.winRate) return before.kl;
  return before.kl + ((winRate - before.winRate) / (after.winRate - before.winRate)) * (after.kl - before.kl);
}
