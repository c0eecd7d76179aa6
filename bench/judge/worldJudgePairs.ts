import { randomStream, type RandomStream } from '../../src/base/seed.ts';
import { hiddenPreference } from '../../src/world/hiddenPreference.ts';
import { closeComparisons, labelledComparisons, type LabelledComparison } from '../../src/world/labelledComparisons.ts';
import { QUALITIES } from '../../src/world/qualities.ts';
import { shippedPrompts } from '../../src/world/trainingData.ts';
import type { LabelledPair } from './judgedPair.ts';

const PAIRS_EACH = 50;

/**
 * Labelled pairs of the quickstart's world, on prompts that its shipped judge never saw: the better answer is the one that
 * the hidden rule prefers, without noise. A subset for each quality holds pairs that differ in it alone, `mixed` pairs of
 * answers of all kinds. Equal seeds give equal pairs.
 *
 * @param each pairs drawn for each subset; those in which neither answer is better are left out
 */
export function worldJudgePairs({ seed, each = PAIRS_EACH }: { seed: number; each?: number }): LabelledPair[] {
  const { heldOut } = shippedPrompts();
  const random = (subset: string): RandomStream => randomStream(seed, 'judge pairs', subset);
  const drawn = [
    ...QUALITIES.map((flaw) => ({ subset: flaw, rows: closeComparisons(heldOut, each, random(flaw), [[flaw]]) })),
    { subset: 'mixed', rows: labelledComparisons(heldOut, each, random('mixed')) },
  ];
  // Subset by subset in turn, so that the first pairs are of all of them.
  return Array.from({ length: each }, (_, i) => i).flatMap((i) =>
    drawn.flatMap(({ subset, rows }) => labelled(rows[i]!, subset, `${subset}/${i + 1}`)),
  );
}

function labelled({ prompt, a, b }: LabelledComparison, subset: string, id: string): LabelledPair[] {
  const preference = hiddenPreference(prompt, a, b);
  if (preference === 0.5) return [];
  const [chosen, rejected] = preference > 0.5 ? [a, b] : [b, a];
  return [{ id, prompt: [{ role: 'user', content: prompt }], chosen, rejected, subset }];
}
