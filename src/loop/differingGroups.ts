import type { SampleRow } from '../../datasets/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';

/** The answers to one prompt, and the reward of each. */
export interface RewardedGroup {
  samples: SampleRow[];
  rewards: number[];
}

/** Groups that teach something, and how many prompts do not. */
export interface DifferingGroups {
  groups: RewardedGroup[];
  /** Prompts whose answers all have the same reward. */
  equalRewards: number;
  /** Prompts with fewer than two answers that have a reward. */
  notRewarded: number;
}

/**
 * The answers of each prompt whose rewards differ: where all are equal, none is better than the others, and every
 * advantage is 0.
 *
 * @param rewardOf reward of a sample by its id; an answer without one is left out
 */
export function differingGroups(samples: readonly SampleRow[], rewardOf: ReadonlyMap<string, number>): DifferingGroups {
  const found: DifferingGroups = { groups: [], equalRewards: 0, notRewarded: 0 };
  for (const answers of groupByPrompt(samples).values()) {
    const known = answers.filter(({ id }) => rewardOf.has(id));
    const rewards = known.map(({ id }) => rewardOf.get(id)!);
    if (rewards.length < 2) found.notRewarded += 1;
    else if (rewards.every((reward) => reward === rewards[0])) found.equalRewards += 1;
    else found.groups.push({ samples: known, rewards });
  }
  return found;
}
