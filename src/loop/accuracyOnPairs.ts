import type { PreferencePair } from '../../datasets/index.ts';
import type { Judge } from '../judges/index.ts';
import type { Loop } from './loop.ts';

/**
 * How a judge does on labelled pairs: the share of right verdicts, undecided ones counting one half and those it failed on
 * none, and the share that it failed on. Ties are left out.
 */
export async function accuracyOnPairs(
  loop: Loop,
  judge: Judge,
  pairs: readonly PreferencePair[],
): Promise<{ accuracy: number; failed: number }> {
  const decided = pairs.filter(({ chosenProbability = 1 }) => chosenProbability !== 0.5);
  const verdicts = await judge.compare(
    decided.map(({ id, prompt, chosen, rejected }) => ({ id, prompt, a: chosen, b: rejected })),
    { signal: loop.signal, onProgress: (done, total) => loop.progress(`measuring the judge ${done}/${total}`) },
  );
  const right = verdicts.map(({ pFirst }, i) => {
    if (pFirst === undefined) return 0;
    if (pFirst === 0.5) return 0.5;
    return Number(pFirst > 0.5 === (decided[i]!.chosenProbability ?? 1) > 0.5);
  });
  return { accuracy: mean(right), failed: mean(verdicts.map(({ pFirst }) => Number(pFirst === undefined))) };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
