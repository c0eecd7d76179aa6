import { randomStream } from '../../src/base/seed.ts';
import { soundVerdict, type Comparison, type Judge, type JudgeOptions, type Verdict } from '../../src/judges/index.ts';
import type { LabelledPair } from './judgedPair.ts';

/**
 * Asks a judge about labelled pairs, the better answer at a place drawn by `seed`, so that a judge which goes by places
 * gains nothing.
 *
 * @returns verdicts in the order of the pairs, on `chosen` against `rejected`
 */
export async function judgePairs(
  judge: Judge,
  pairs: readonly LabelledPair[],
  seed: number,
  options: JudgeOptions = {},
): Promise<Verdict[]> {
  const swapped = pairs.map(({ id }) => randomStream(seed, 'place of the better answer', id).uniform() < 0.5);
  const items = pairs.map(({ id, prompt, chosen, rejected }, i): Comparison => {
    const [a, b] = swapped[i]! ? [rejected, chosen] : [chosen, rejected];
    return { id, prompt, a, b };
  });
  const verdicts = await judge.compare(items, options);
  return verdicts.map((verdict, i) => {
    const sound = soundVerdict(verdict);
    return swapped[i]! ? turned(sound) : sound;
  });
}

/** The same verdict with the answers' names exchanged. */
function turned({ pFirst, orders, ...rest }: Verdict): Verdict {
  return {
    ...rest,
    ...(pFirst === undefined ? {} : { pFirst: 1 - pFirst }),
    ...(orders === undefined ? {} : { orders: { ab: 1 - orders.ba, ba: 1 - orders.ab } }),
  };
}
