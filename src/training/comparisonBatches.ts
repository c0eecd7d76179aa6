import { randomStream } from '../base/seed.ts';
import type { ComparedText } from '../models/index.ts';
import type { LabelledComparison } from './comparisonStep.ts';

/** Batches whose comparisons are sorted by length together: long enough to save padding, short enough to stay random. */
const WINDOW = 32;

/**
 * The batches of an epoch: comparisons in random order, then those of similar length together within windows.
 *
 * @param order what derives it
 */
export function comparisonBatches<Text extends ComparedText>(
  comparisons: readonly LabelledComparison<Text>[],
  batchSize: number,
  order: { seed: number | string; epoch: number },
): LabelledComparison<Text>[][] {
  const random = randomStream(order.seed, 'comparisons', order.epoch);
  const shuffled = random.shuffle(comparisons);
  const batches: LabelledComparison<Text>[][] = [];
  for (let start = 0; start < shuffled.length; start += WINDOW * batchSize) {
    const window = byLength(shuffled.slice(start, start + WINDOW * batchSize));
    for (let i = 0; i < window.length; i += batchSize) batches.push(window.slice(i, i + batchSize));
  }
  return random.shuffle(batches);
}

/** The shorter ones first; where lengths are equal the order stays. */
export function byLength<Text extends ComparedText>(
  comparisons: readonly LabelledComparison<Text>[],
): LabelledComparison<Text>[] {
  return [...comparisons].sort((a, b) => longest(a) - longest(b));
}

function longest({ first, second }: LabelledComparison<ComparedText>): number {
  return Math.max(first.ids.length, second.ids.length);
}
