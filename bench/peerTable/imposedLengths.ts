import type { RandomStream } from '../../src/base/seed.ts';

const MEAN = 60;
const LONGEST = 256;

/** Where each of so many answers to each prompt ends, as random weights end nothing: geometric with mean 60, at most 256. */
export function imposedLengths(prompts: number, answers: number, random: RandomStream): number[][] {
  const length = () => Math.min(LONGEST, 1 + Math.floor(Math.log1p(-random.uniform()) / Math.log1p(-1 / MEAN)));
  return Array.from({ length: prompts }, () => Array.from({ length: answers }, length));
}
