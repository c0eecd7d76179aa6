/** What one role got for one game, or for one turn of it. */
export type RoleReturn = {
  /** Whose baseline it counts against: a role, or a role of a certain game such as `kuhn_poker/0`. */
  role: string;
  value: number;
};

/**
 * Return less a running mean per role, for games in which one policy plays all sides and the sides are not equally good.
 *
 *   A = Ret - b_role,   then b_role <- decay b_role + (1 - decay) Ret,   b_role = 0 at first
 *
 * In the order of `returns`, the old baseline first, as in the authors' code: a baseline that already holds the return
 * would bias the gradient.
 *
 * @param returns   of the games of a batch, in order
 * @param baselines as returned for the batch before, `{}` at first; left as they are
 * @param options   decay over 0 and below 1; default 0.95
 * @returns one advantage per return, and the baselines for the next batch
 * @throws {RangeError} when a return is not finite or decay is out of range
 * @see Liu et al. 2025, arXiv:2506.24119 (SPIRAL), role-conditioned advantage estimation; spiral-rl/spiral
 */
export function roleAdvantages(
  returns: readonly RoleReturn[],
  baselines: Readonly<Record<string, number>> = {},
  options: { decay?: number } = {},
): { advantages: number[]; baselines: Record<string, number> } {
  const { decay = 0.95 } = options;
  if (!(decay > 0 && decay < 1)) {
    throw new RangeError(`roleAdvantages: decay must be over 0 and below 1, got ${decay}. Leave it out for 0.95.`);
  }
  const wrong = returns.find(({ value }) => !Number.isFinite(value));
  if (wrong) {
    throw new RangeError(
      `roleAdvantages: expected finite returns, got ${wrong.value} of role ${wrong.role}. Drop games without a result.`,
    );
  }
  const current = new Map(Object.entries(baselines));
  const advantages = returns.map(({ role, value }) => {
    const baseline = current.get(role) ?? 0;
    current.set(role, decay * baseline + (1 - decay) * value);
    return value - baseline;
  });
  return { advantages, baselines: Object.fromEntries(current) };
}
