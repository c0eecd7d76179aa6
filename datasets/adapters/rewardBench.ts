import { promptMessages } from '../promptMessages.ts';
import type { AdaptedPair, Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { listIn } from './conversation.ts';
import { pairOfSides } from './pairOfSides.ts';
import { RowFault } from './rowFault.ts';

/**
 * RewardBench, and RewardBench 2 with a list of several texts a side: each chosen answer then meets each rejected one.
 *
 * @see https://huggingface.co/datasets/allenai/reward-bench
 */
export const rewardBench: Adapter = {
  name: 'rewardbench',
  describes: 'prompt, chosen, rejected and subset',
  matches: (row) => has(row, 'subset') && (has(row, 'chosen') || has(row, 'rejected')),
  toPairs: (row) => {
    const { subset } = row;
    const pairs: AdaptedPair[] = [];
    for (const chosen of answersIn(row['chosen'])) {
      for (const rejected of answersIn(row['rejected'])) {
        const pair = pairOfSides({ ...row, chosen, rejected });
        if (pair instanceof RowFault) return pair;
        pairs.push(typeof subset === 'string' ? { ...pair, subset } : pair);
      }
    }
    return pairs;
  },
  toPrompt: promptMessages,
};

/** The texts of a side: a list, or its JSON text, as in CSV. Any other side is one answer. */
function answersIn(side: unknown): unknown[] {
  const items = listIn(side);
  return items && items.length > 0 && items.every((text) => typeof text === 'string') ? items : [side];
}
