/**
 * Advantages of one group of responses to one prompt from their rewards, in the same order. Plug any such function into
 * the trainer that feeds `policyGradient`.
 */
export type GroupAdvantages = (rewards: readonly number[]) => number[];

/**
 * Reward less the group's mean, r_i - mean_j r_j: Dr. GRPO, REINFORCE with a group baseline.
 *
 * @param rewards of at least one response
 * @returns one advantage per response, sum 0
 * @throws {RangeError} when there are none, or one is not finite
 * @see Liu et al. 2025, arXiv:2503.20783, Dr. GRPO
 */
export function groupMeanAdvantages(rewards: readonly number[]): number[] {
  checkRewards('groupMeanAdvantages', rewards, 1);
  const mean = meanOf(rewards);
  return rewards.map((reward) => reward - mean);
}

/**
 * Reward less the mean of the others, r_i - mean_{j != i} r_j: RLOO. It is K/(K-1) times {@link groupMeanAdvantages}.
 *
 * @param rewards of at least two responses
 * @returns one advantage per response, sum 0
 * @throws {RangeError} when there are fewer than two, or one is not finite
 * @see Ahmadian et al. 2024, arXiv:2402.14740, RLOO
 */
export function leaveOneOutAdvantages(rewards: readonly number[]): number[] {
  checkRewards('leaveOneOutAdvantages', rewards, 2);
  const factor = rewards.length / (rewards.length - 1);
  return groupMeanAdvantages(rewards).map((advantage) => factor * advantage);
}

/** Added to the standard deviation, so that equal rewards give 0; TRL's number. */
const EPSILON = 1e-4;

/**
 * Reward less the group's mean in standard deviations: GRPO. The deviation is the sample's (divided by K - 1), as in TRL
 * and verl; the paper only writes std.
 *
 * @param rewards of at least two responses
 * @returns one advantage per response, sum 0; all 0 where the rewards are equal
 * @throws {RangeError} when there are fewer than two, or one is not finite
 * @see Shao et al. 2024, arXiv:2402.03300, section 4.1; huggingface/trl@f2cd577 `GRPOTrainer`
 */
export function groupStdAdvantages(rewards: readonly number[]): number[] {
  checkRewards('groupStdAdvantages', rewards, 2);
  const centred = groupMeanAdvantages(rewards);
  const variance = centred.reduce((sum, value) => sum + value ** 2, 0) / (rewards.length - 1);
  return centred.map((value) => value / (Math.sqrt(variance) + EPSILON));
}

function checkRewards(where: string, rewards: readonly number[], least: number): void {
  if (rewards.length < least) {
    throw new RangeError(
      `${where}: expected rewards of at least ${least} responses, got ${rewards.length}. Sample more per prompt.`,
    );
  }
  const wrong = rewards.find((reward) => !Number.isFinite(reward));
  if (wrong === undefined) return;
  throw new RangeError(`${where}: expected finite rewards, got ${wrong}. Drop responses that could not be scored.`);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
