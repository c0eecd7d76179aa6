import { accuracyFigures, type AccuracyFigures } from './accuracyFigures.ts';
import { outcomeOf, type JudgedPair } from './judgedPair.ts';

export interface LengthFigures {
  /** Share of the decided pairs of unequal lengths in which the judge prefers the longer answer; null without any. */
  longerPreferred: number | null;
  /** Share of all pairs of unequal lengths in which the better answer is the longer one. */
  longerBetter: number | null;
  /** Where the better answer is the shorter one, and where it is the longer one. */
  betterShorter: AccuracyFigures;
  betterLonger: AccuracyFigures;
}

/** How far a judge goes by length, in code points. */
export function lengthFigures(judged: readonly JudgedPair[]): LengthFigures {
  const longer = judged.filter((entry) => difference(entry) > 0);
  const shorter = judged.filter((entry) => difference(entry) < 0);
  const [betterShorter, betterLonger] = [accuracyFigures(shorter), accuracyFigures(longer)];
  const decided = [...longer, ...shorter].filter(({ verdict }) => ['right', 'wrong'].includes(outcomeOf(verdict)));
  return {
    longerPreferred: share(betterLonger.right + betterShorter.wrong, decided.length),
    longerBetter: share(longer.length, longer.length + shorter.length),
    betterShorter,
    betterLonger,
  };
}

function share(hits: number, total: number): number | null {
  return total === 0 ? null : hits / total;
}

/** Length of the better answer less that of the other. */
function difference({ pair: { chosen, rejected } }: JudgedPair): number {
  return Array.from(chosen).length - Array.from(rejected).length;
}
