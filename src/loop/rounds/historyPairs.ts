import { existsSync } from 'node:fs';

import { randomStream } from '../../base/seed.ts';
import { readArrowFile, type PairRow, type SampleRow } from '../../../datasets/index.ts';
import type { Loop } from '../loop.ts';
import type { History } from '../options/roundOptions.ts';

/** Files of a round whose rows its pairs may name. */
const SAMPLE_FILES = ['samples.arrow', 'answers.arrow'];

/** Pairs of earlier rounds that a round trains on again, with the samples they name. */
export async function historyPairs(
  loop: Loop,
  round: number,
  history: History,
): Promise<{ pairs: PairRow[]; samples: SampleRow[] }> {
  const pairs: PairRow[][] = [];
  const samples: SampleRow[][] = [];
  for (let age = 1; age < round; age++) {
    const share = shareOf(history, age);
    if (share === 0) continue;
    const earlier = round - age;
    const all = await readArrowFile(loop.run.stagePath(earlier, 'pairs.arrow'), 'pairs');
    const taken = Math.round(share * all.length);
    pairs.push(randomStream(loop.seed, 'history', round, earlier).shuffle(all).slice(0, taken));
    for (const name of SAMPLE_FILES) {
      const path = loop.run.stagePath(earlier, name);
      if (existsSync(path)) samples.push(await readArrowFile(path, 'samples'));
    }
  }
  return { pairs: pairs.flat(), samples: samples.flat() };
}

/** Share of a round's pairs, the last round's age being 1. */
function shareOf(history: History, age: number): number {
  if (Array.isArray(history)) return history[age - 1] ?? 0;
  if (history === 'last') return age === 1 ? 1 : 0;
  return history === 'all' ? 1 : 0;
}
